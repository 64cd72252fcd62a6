import { MOST_VECTORS, rowProducts } from '../kernels/row-products.js'
import { pool } from './pooling.js'
import type { EmbeddedBatch, LinearForm } from './victim.js'

/** Logits [B, K] of a linear victim, summed in float64, the same bytes in any batch. */
export function linearLogits({ output, bias, pooling }: LinearForm, batch: EmbeddedBatch): Float32Array {
  const B = batch.offsets.length - 1
  const K = bias.length
  const logits = new Float32Array(B * K)
  const kernel = rowProducts(batch.dimensions)
  const { products, blockRows } = kernel
  for (let first = 0; first < B; first += MOST_VECTORS) {
    const count = Math.min(MOST_VECTORS, B - first)
    pool(batch, pooling, first, first + count, kernel.vectors)
    for (let from = 0; from < K; from += blockRows) {
      const rows = Math.min(blockRows, K - from)
      kernel.load(output, from, rows)
      kernel.multiply(count)
      for (let b = 0; b < count; b++) {
        const into = (first + b) * K + from
        for (let r = 0; r < rows; r++) logits[into + r] = products[b * rows + r] + bias[from + r]
      }
    }
  }
  return logits
}
