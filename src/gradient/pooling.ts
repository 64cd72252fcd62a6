import { poolRows } from '../kernels/pool-rows.js'
import type { EmbeddedBatch } from './victim.js'

/** How the words of an example become one vector. */
export type Pooling = 'mean' | 'sum'

/**
 * The mean or sum of each example's embedded words, summed in float64 in the order of the words: [B, D], for the
 * examples from `first` to `last` - 1.
 * @param into where to write them; fresh memory unless given
 */
export function pool(
  { embedded, offsets, dimensions }: EmbeddedBatch,
  pooling: Pooling,
  first = 0,
  last = offsets.length - 1,
  into: Float64Array = new Float64Array((last - first) * dimensions),
): Float64Array {
  poolRows(embedded, offsets, dimensions, pooling === 'mean', first, last, into)
  return into
}

/** a: the weight of one position of example `b` in its pool. */
export function positionWeight(pooling: Pooling, { offsets }: EmbeddedBatch, b: number): number {
  return pooling === 'mean' ? 1 / (offsets[b + 1] - offsets[b]) : 1
}

/**
 * Copies the row [D] at the first position of example `b` to its other positions: `values` [T, D] is laid out as the
 * batch.
 */
export function repeatRow(values: Float32Array, { offsets, dimensions }: EmbeddedBatch, b: number): void {
  const start = offsets[b] * dimensions
  const end = offsets[b + 1] * dimensions
  // What is copied already is copied on with it.
  for (let at = start + dimensions; at < end; at += at - start) {
    values.copyWithin(at, start, Math.min(at, start + end - at))
  }
}
