import { MOST_EXAMPLES } from '../kernels/softmax-rows.js'
import type { Objective } from './objective.js'
import { pool, positionWeight, repeatRow } from './pooling.js'
import { highestOther } from './prediction.js'
import { readRows, softmaxRows } from './read-rows.js'
import { exactLogit, settleLogits } from './settle-logits.js'
import type { EmbeddedBatch, LinearForm, LossGradient } from './victim.js'

/**
 * The gradient of a linear victim in closed form, without a tape: g = a U^T dL/dz at every position of an example, a
 * the weight of one position in the pool; for cross-entropy dL/dz = p - e_y, for the margin e_t - e_y, t the highest
 * rival or the given one. U is read once for 64 examples, in float32 ({@link readRows}); the logits of the label and
 * of those rivals that may be the highest are summed in float64, so that a prediction is the one of `linearLogits`. An
 * example's bytes do not depend on its batch.
 *
 * The cross-entropy is by sums over the rivals alone, m the highest of their logits: S = sum exp(z_t - m) and
 * G = sum exp(z_t - m) u_t. With l = m + log S - z_y the loss is log(1 + exp l) and dL/dh = (G / S - u_y) / (1 + exp(-l)):
 * nothing cancels where the victim is sure.
 */
export function linearGradient(
  linear: LinearForm,
  batch: EmbeddedBatch,
  labels: Int32Array,
  objective: Objective,
  rivals?: Int32Array,
): LossGradient {
  const { output, pooling } = linear
  const { offsets, dimensions: D } = batch
  const B = labels.length
  const K = linear.bias.length
  const logits = new Float32Array(B * K)
  const loss = new Float32Array(B)
  const gradient = new Float32Array(batch.embedded.length)
  const kernel = softmaxRows(D)
  for (let first = 0; first < B; first += MOST_EXAMPLES) {
    const last = Math.min(B, first + MOST_EXAMPLES)
    const pooled = pool(batch, pooling, first, last, kernel.vectors)
    const chunk = logits.subarray(first * K, last * K)
    const pass = readRows(kernel, linear, labels.subarray(first, last), chunk, objective === 'cross-entropy')
    for (let b = first, i = 0; b < last; b++, i++) {
      const label = labels[b]
      const own = exactLogit(linear, label, pooled, i)
      chunk[i * K + label] = own
      settleLogits(linear, pass, i, label)
      const share = positionWeight(pooling, batch, b)
      if (objective === 'margin') {
        const rival = rivals?.[b] ?? highestOther(logits.subarray(b * K, (b + 1) * K), label)
        chunk[i * K + rival] = exactLogit(linear, rival, pooled, i)
        loss[b] = chunk[i * K + rival] - chunk[i * K + label]
        putRow(gradient, offsets[b] * D, share, output, rival * D, 1, output, label * D, D)
      } else {
        const odds = kernel.highest[i] - own + Math.log(kernel.total[i])
        const weight = share / (1 + Math.exp(-odds))
        loss[b] = odds > 0 ? odds + Math.log1p(Math.exp(-odds)) : Math.log1p(Math.exp(odds))
        putRow(gradient, offsets[b] * D, weight, kernel.sums, i * kernel.width, kernel.total[i], output, label * D, D)
      }
      repeatRow(gradient, batch, b)
    }
  }
  return { loss, gradient, logits }
}

/** into [D] = weight (sums / total - own). */
function putRow(
  into: Float32Array,
  at: number,
  weight: number,
  sums: Float32Array | Float64Array,
  from: number,
  total: number,
  own: Float32Array,
  ownFrom: number,
  D: number,
): void {
  const share = 1 / total
  for (let d = 0; d < D; d++) into[at + d] = weight * (sums[from + d] * share - own[ownFrom + d])
}
