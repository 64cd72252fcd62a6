import { lossGradient } from './loss-gradient.js'
import type { Objective } from './objective.js'
import { repeatRow } from './pooling.js'
import type { EmbeddedBatch, LossGradient, Victim } from './victim.js'

/**
 * {@link lossGradient} of texts as they are: an engine that has the victim's words is told their numbers alone, and gives
 * back a row for each text.
 * @param ids [B], each with one known word at least
 * @param batch the same texts, embedded
 */
export function textGradient(
  victim: Victim,
  ids: readonly Int32Array[],
  batch: EmbeddedBatch,
  labels: Int32Array,
  objective: Objective,
): LossGradient {
  if (victim.engine === undefined) return lossGradient(victim, batch, labels, objective)
  const { loss, rows, logits } = victim.engine.readTexts(ids, labels, objective)
  const { offsets, dimensions: D } = batch
  const gradient = new Float32Array(batch.embedded.length)
  for (let b = 0; b < ids.length; b++) {
    gradient.set(rows.subarray(b * D, (b + 1) * D), offsets[b] * D)
    repeatRow(gradient, batch, b)
  }
  return { loss, gradient, logits }
}
