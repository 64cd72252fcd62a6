import { MOST_EXAMPLES } from '../kernels/softmax-rows.js'
import { linearLogits } from './linear-logits.js'
import { positionWeight, repeatRow } from './pooling.js'
import { settledLogits, softmaxRows } from './read-rows.js'
import { FEW_LABELS } from './settle-logits.js'
import type { EmbeddedBatch, LinearForm, LogitWeights, Pullback } from './victim.js'

/**
 * Weights w of a linear victim's logits pulled back in closed form: a U^T w at every position. Logits and sums are in
 * float32, as in `linearGradient`, those logits that may be the highest in float64.
 * @param gradient where to write it, laid out as the batch; fresh memory unless given
 */
export function linearPullback(
  linear: LinearForm,
  batch: EmbeddedBatch,
  weigh: LogitWeights,
  gradient: Float32Array = new Float32Array(batch.embedded.length),
): Pullback {
  const { output, pooling } = linear
  const { offsets, dimensions: D } = batch
  const B = offsets.length - 1
  const K = linear.bias.length
  const logits = K <= FEW_LABELS ? linearLogits(linear, batch) : settledLogits(linear, batch)
  const weights = weigh(logits)
  const kernel = softmaxRows(D)
  const { sums, width, blockRows } = kernel
  for (let first = 0; first < B; first += MOST_EXAMPLES) {
    const last = Math.min(B, first + MOST_EXAMPLES)
    const own = weights.subarray(first * K, last * K)
    kernel.beginSums(last - first)
    for (let from = 0; from < K; from += blockRows) {
      kernel.addWeighted(output, own, from, Math.min(blockRows, K - from))
    }
    for (let b = first; b < last; b++) {
      const a = positionWeight(pooling, batch, b)
      const start = offsets[b] * D
      for (let d = 0; d < D; d++) gradient[start + d] = a * sums[(b - first) * width + d]
      repeatRow(gradient, batch, b)
    }
  }
  return { gradient, logits }
}
