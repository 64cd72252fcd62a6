import { MOST_VECTORS, RowProducts } from '../kernels/row-products.js'
import { pool } from './pooling.js'
import type { EmbeddedBatch, LinearForm } from './victim.js'

/** Examples whose logits are taken in one pass over the rows of U. */
export const EXAMPLES_AT_ONCE = MOST_VECTORS

/** Logits [B, K] of a linear victim, summed in float64, the same bytes in any batch. */
export function linearLogits(linear: LinearForm, batch: EmbeddedBatch): Float32Array {
  const B = batch.offsets.length - 1
  const logits = new Float32Array(B * linear.bias.length)
  for (let first = 0; first < B; first += EXAMPLES_AT_ONCE) {
    takeLogits(linear, batch, first, Math.min(B, first + EXAMPLES_AT_ONCE), logits)
  }
  return logits
}

/**
 * Writes the logits of the examples from `first` to `last` - 1 into `logits` [B, K], block by block of U's rows.
 * @param onBlock told of each block of labels, from number `from` on, while its rows and its logits in float64 are still
 *   in the kernel's memory
 */
export function takeLogits(
  { output, bias, pooling }: LinearForm,
  batch: EmbeddedBatch,
  first: number,
  last: number,
  logits: Float32Array,
  onBlock?: (from: number) => void,
): void {
  const K = bias.length
  const kernel = rowProducts(batch.dimensions)
  const { products, blockRows } = kernel
  pool(batch, pooling, first, last, kernel.vectors)
  for (let from = 0; from < K; from += blockRows) {
    const rows = Math.min(blockRows, K - from)
    kernel.load(output, from, rows)
    kernel.multiply(last - first)
    for (let b = first; b < last; b++) {
      const start = (b - first) * rows
      const into = b * K + from
      for (let r = 0; r < rows; r++) logits[into + r] = products[start + r] += bias[from + r]
    }
    onBlock?.(from)
  }
}

let kept: RowProducts | undefined

/** The kernel for D dimensions: the last one asked for is kept. Nothing in its memory outlives a call. */
export function rowProducts(dimensions: number): RowProducts {
  if (kept?.dimensions !== dimensions) kept = new RowProducts(dimensions)
  return kept
}
