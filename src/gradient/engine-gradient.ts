import { weighCrossEntropy, weighLead } from './loss-weights.js'
import type { Objective } from './objective.js'
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
      loss[b] =
        objective === 'cross-entropy'
          ? weighCrossEntropy(row, label, into)
          : weighLead(row, rivals?.[b] ?? highestOther(row, label), label, into)
    })
    return weights
  })
  return { loss, ...pulled }
}
