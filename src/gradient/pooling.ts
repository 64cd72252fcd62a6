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
  for (let b = first; b < last; b++) {
    const row = (b - first) * dimensions
    const from = offsets[b] * dimensions
    const end = offsets[b + 1] * dimensions
    const share = pooling === 'sum' ? 1 : offsets[b + 1] - offsets[b]
    let d = 0
    // By fours: what is added to one sum need not wait for another, and memory is read in order.
    for (; d + 4 <= dimensions; d += 4) {
      let s0 = 0
      let s1 = 0
      let s2 = 0
      let s3 = 0
      for (let i = from + d; i < end; i += dimensions) {
        s0 += embedded[i]
        s1 += embedded[i + 1]
        s2 += embedded[i + 2]
        s3 += embedded[i + 3]
      }
      into[row + d] = s0 / share
      into[row + d + 1] = s1 / share
      into[row + d + 2] = s2 / share
      into[row + d + 3] = s3 / share
    }
    for (; d < dimensions; d++) {
      let sum = 0
      for (let i = from + d; i < end; i += dimensions) sum += embedded[i]
      into[row + d] = sum / share
    }
  }
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
