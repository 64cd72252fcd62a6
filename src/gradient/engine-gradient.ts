import { lossOf, type Objective } from './objective.js'
import { highestOther } from './prediction.js'
import type { EmbeddedBatch, LinearEngine, LossGradient } from './victim.js'

/**
 * The loss gradient of a linear victim on its engine, which gives the logits and pulls dL/dz back: p - e_y for the
 * cross-entropy, e_t - e_y for the margin, t the highest rival or the given one.
 */
export function engineGradient(
  engine: LinearEngine,
  batch: EmbeddedBatch,
  labels: Int32Array,
  objective: Objective,
  rivals?: Int32Array,
): LossGradient {
  const loss = new Float32Array(labels.length)
  const pulled = engine.pullback(batch, (logits) => {
    const K = logits.length / labels.length
    const weights = new Float32Array(logits.length)
    labels.forEach((label, b) => {
      const row = logits.subarray(b * K, (b + 1) * K)
      const into = weights.subarray(b * K, (b + 1) * K)
      loss[b] = lossOf(objective, row, label, rivals?.[b])
      if (objective === 'cross-entropy') putSoftmaxWeights(row, label, into)
      else {
        into[rivals?.[b] ?? highestOther(row, label)] = 1
        into[label] -= 1
      }
    })
    return weights
  })
  return { loss, ...pulled }
}

/** p_k, and for the label what the others have, with its sign turned: p_y - 1 would cancel where the victim is sure. */
function putSoftmaxWeights(logits: Float32Array, label: number, into: Float32Array): void {
  let highest = -Infinity
  for (let k = 0; k < logits.length; k++) highest = Math.max(highest, logits[k])
  let others = 0
  for (let k = 0; k < logits.length; k++) if (k !== label) others += Math.exp(logits[k] - highest)
  const total = others + Math.exp(logits[label] - highest)
  for (let k = 0; k < logits.length; k++) into[k] = Math.exp(logits[k] - highest) / total
  into[label] = -others / total
}
