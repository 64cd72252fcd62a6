import { checkBatch, checkLabels } from './check-batch.js'
import { engineGradient } from './engine-gradient.js'
import { linearGradient } from './linear-gradient.js'
import type { Objective } from './objective.js'
import { tapeGradient } from './tape-gradient.js'
import type { EmbeddedBatch, LossGradient, Victim } from './victim.js'

/**
 * Reads each example's loss at its label and the gradient of that loss with respect to its embedded words: in closed
 * form where the victim is linear ({@link linearGradient}, or on its engine), else by automatic differentiation
 * ({@link tapeGradient}).
 * @param rivals [B], for the margin: L_b = z_rival - z_label, instead of the margin of the highest other label
 * @throws RangeError for an example of no words or a label outside [0, K)
 */
export function lossGradient(
  victim: Victim,
  batch: EmbeddedBatch,
  labels: Int32Array,
  objective: Objective = 'cross-entropy',
  rivals?: Int32Array,
): LossGradient {
  const { linear } = victim
  if (linear === undefined) return tapeGradient(victim, batch, labels, objective, rivals)
  checkBatch(batch)
  checkLabels(batch, labels, linear.bias.length)
  if (rivals) checkLabels(batch, rivals, linear.bias.length)
  if (victim.engine) return engineGradient(victim.engine, batch, labels, objective, rivals)
  return linearGradient(linear, batch, labels, objective, rivals)
}
