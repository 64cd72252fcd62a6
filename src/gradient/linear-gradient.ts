import { EXAMPLES_AT_ONCE, linearLogits, rowProducts, takeLogits } from './linear-logits.js'
import { lossOf, type Objective } from './objective.js'
import { positionWeight, repeatRow } from './pooling.js'
import { RivalSums } from './rival-sums.js'
import type { EmbeddedBatch, LinearForm, LossGradient } from './victim.js'

/**
 * The gradient of a linear victim in closed form, without a tape: g = a U^T dL/dz at every position of an example, a the
 * weight of one position in the pool; for cross-entropy dL/dz = p - e_y, for the margin e_t - e_y, t the highest rival or
 * the given one. Summed in float64; U is read once for the logits and the gradients of 64 examples. An example's bytes do
 * not depend on its batch.
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

function softmaxGradient(linear: LinearForm, batch: EmbeddedBatch, labels: Int32Array): LossGradient {
  const B = labels.length
  const logits = new Float32Array(B * linear.bias.length)
  const loss = new Float32Array(B)
  const gradient = new Float32Array(batch.embedded.length)
  for (let first = 0; first < B; first += EXAMPLES_AT_ONCE) {
    const last = Math.min(B, first + EXAMPLES_AT_ONCE)
    const sums = new RivalSums(rowProducts(batch.dimensions), labels.subarray(first, last))
    takeLogits(linear, batch, first, last, logits, sums)
    for (let b = first; b < last; b++) {
      const start = batch.offsets[b] * batch.dimensions
      loss[b] = sums.finish(b - first, linear.output, positionWeight(linear.pooling, batch, b), gradient, start)
      repeatRow(gradient, batch, b)
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
    const rival = rivals?.[b] ?? highestRival(row, labels[b])
    const share = positionWeight(linear.pooling, batch, b)
    loss[b] = lossOf('margin', row, labels[b], rival)
    for (let d = 0; d < D; d++) {
      gradient[offsets[b] * D + d] = share * (output[rival * D + d] - output[labels[b] * D + d])
    }
    repeatRow(gradient, batch, b)
  }
  return { loss, gradient, logits }
}

/** The first of the highest logits [K] but the label's; NaN counts as the highest. */
function highestRival(logits: Float32Array, label: number): number {
  let rival = label === 0 ? 1 : 0
  for (let k = rival + 1; k < logits.length; k++) {
    if (k !== label && !(logits[k] <= logits[rival]) && !Number.isNaN(logits[rival])) rival = k
  }
  return rival
}
