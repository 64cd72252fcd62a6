import { EXAMPLES_AT_ONCE, linearLogits, rowProducts } from './linear-logits.js'
import { positionWeight, repeatRow } from './pooling.js'
import type { EmbeddedBatch, LinearForm, LogitWeights, Pullback } from './victim.js'

/**
 * Weights w of a linear victim's logits pulled back in closed form: a U^T w at every position, summed in float64.
 * @param gradient where to write it, laid out as the batch; fresh memory unless given
 */
export function linearPullback(
  linear: LinearForm,
  batch: EmbeddedBatch,
  weigh: LogitWeights,
  gradient: Float32Array = new Float32Array(batch.embedded.length),
): Pullback {
  const { output } = linear
  const { offsets, dimensions: D } = batch
  const B = offsets.length - 1
  const K = linear.bias.length
  const logits = linearLogits(linear, batch)
  const weights = weigh(logits)
  const kernel = rowProducts(D)
  for (let first = 0; first < B; first += EXAMPLES_AT_ONCE) {
    const count = Math.min(EXAMPLES_AT_ONCE, B - first)
    kernel.sums.fill(0, 0, count * D)
    for (let from = 0; from < K; from += kernel.blockRows) {
      const rows = Math.min(kernel.blockRows, K - from)
      kernel.load(output, from, rows)
      for (let b = 0; b < count; b++) {
        const start = (first + b) * K + from
        kernel.products.set(weights.subarray(start, start + rows), b * rows)
      }
      kernel.addWeighted(count)
    }
    for (let b = 0; b < count; b++) {
      const a = positionWeight(linear.pooling, batch, first + b)
      const start = offsets[first + b] * D
      for (let d = 0; d < D; d++) gradient[start + d] = a * kernel.sums[b * D + d]
      repeatRow(gradient, batch, first + b)
    }
  }
  return { gradient, logits }
}
