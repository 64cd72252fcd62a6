import { EXAMPLES_AT_ONCE, linearLogits, rowProducts, takeLogits } from './linear-logits.js'
import { lossOf, type Objective } from './objective.js'
import { positionWeight, repeatRow } from './pooling.js'
import { highestOther } from './prediction.js'
import type { EmbeddedBatch, LinearForm, LossGradient } from './victim.js'

/**
 * The gradient of a linear victim in closed form, without a tape: g = a U^T dL/dz at every position of an example, a
 * the weight of one position in the pool; for cross-entropy dL/dz = p - e_y, for the margin e_t - e_y, t the highest
 * rival or the given one. Logits are summed in float64, a softmax's rows of U in float32 over 16 rows at a time and
 * these sums in float64; U is read once for the logits and the gradients of 64 examples. An example's bytes do not
 * depend on its batch.
 */
export function linearGradient(
  linear: LinearForm,
  batch: EmbeddedBatch,
  labels: Int32Array,
  objective: Objective,
  rivals?: Int32Array,
): LossGradient {
  return objective === 'margin' ? marginGradient(linear, batch, labels, rivals) : softmaxGradient(linear, batch, labels)
}

/**
 * In one pass over U, by sums over the rivals alone, m the highest of their logits: S = sum exp(z_t - m) and
 * G = sum exp(z_t - m) u_t. With l = m + log S - z_y the loss is log(1 + exp l) and dL/dh = (G / S - u_y) / (1 + exp(-l)):
 * nothing cancels where the victim is sure.
 */
function softmaxGradient(linear: LinearForm, batch: EmbeddedBatch, labels: Int32Array): LossGradient {
  const { output } = linear
  const { offsets, dimensions: D } = batch
  const B = labels.length
  const logits = new Float32Array(B * linear.bias.length)
  const loss = new Float32Array(B)
  const gradient = new Float32Array(batch.embedded.length)
  const kernel = rowProducts(D)
  const { sums, own, highest, total } = kernel
  for (let first = 0; first < B; first += EXAMPLES_AT_ONCE) {
    const count = Math.min(EXAMPLES_AT_ONCE, B - first)
    kernel.beginWeighing(labels.subarray(first, first + count))
    takeLogits(linear, batch, first, first + count, logits, (from) => {
      kernel.weigh(count, from)
      kernel.addProbable(count)
    })
    for (let i = 0; i < count; i++) {
      const b = first + i
      const odds = highest[i] - own[i] + Math.log(total[i])
      const weight = positionWeight(linear.pooling, batch, b) / (1 + Math.exp(-odds))
      for (let d = 0; d < D; d++) {
        gradient[offsets[b] * D + d] = weight * (sums[i * D + d] / total[i] - output[labels[b] * D + d])
      }
      repeatRow(gradient, batch, b)
      loss[b] = odds > 0 ? odds + Math.log1p(Math.exp(-odds)) : Math.log1p(Math.exp(odds))
    }
  }
  return { loss, gradient, logits }
}

function marginGradient(
  linear: LinearForm,
  batch: EmbeddedBatch,
  labels: Int32Array,
  rivals: Int32Array | undefined,
): LossGradient {
  const { output } = linear
  const { offsets, dimensions: D } = batch
  const K = linear.bias.length
  const logits = linearLogits(linear, batch)
  const loss = new Float32Array(labels.length)
  const gradient = new Float32Array(batch.embedded.length)
  for (let b = 0; b < labels.length; b++) {
    const row = logits.subarray(b * K, (b + 1) * K)
    const rival = rivals?.[b] ?? highestOther(row, labels[b])
    const share = positionWeight(linear.pooling, batch, b)
    loss[b] = lossOf('margin', row, labels[b], rival)
    for (let d = 0; d < D; d++) {
      gradient[offsets[b] * D + d] = share * (output[rival * D + d] - output[labels[b] * D + d])
    }
    repeatRow(gradient, batch, b)
  }
  return { loss, gradient, logits }
}
