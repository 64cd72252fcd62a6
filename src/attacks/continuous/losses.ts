import { UserError } from '../../base/errors.js'
import { weighCrossEntropy, weighLead } from '../../gradient/loss-weights.js'
import { highestOther } from '../../gradient/prediction.js'
import type { AttackExample } from '../attack.js'

/**
 * What a continuous attack raises, z the logits, y the label to leave, t the one to reach:
 *
 * - `cross-entropy`: -log softmax(z)_y; for a target log softmax(z)_t.
 * - `margin`: max over k != y of z_k, less z_y; for a target z_t less the highest other (Carlini and Wagner 2017).
 * - `nearest`: z_k - z_y for the k whose boundary is nearest by the gradients at the text; for a target the margin.
 * - `dlr`: the margin over the distance of the first and third highest logits (Croce and Hein 2020, equation 6); for a
 *   target z_t - z_y over that of the first and the mean of the third and fourth (equation 7).
 */
export const OBJECTIVES = ['cross-entropy', 'margin', 'nearest', 'dlr'] as const
export type AttackObjective = (typeof OBJECTIVES)[number]

/** A loss of logits [K] that an attack raises. Writes dL/dz into `weights`, [K] and zeros until then, and gives L. */
export type Loss = (logits: Float32Array, weights: Float32Array) => number

/** What an attack on this example raises: above where it began, it is nearer to the goal. */
export function goalLoss(objective: Exclude<AttackObjective, 'nearest'>, { label, target }: AttackExample): Loss {
  switch (objective) {
    case 'cross-entropy':
      return target === undefined
        ? (z, weights) => crossEntropy(z, weights, label, 1)
        : (z, weights) => crossEntropy(z, weights, target, -1)
    case 'margin':
      return target === undefined
        ? (z, weights) => weighLead(z, highestOther(z, label), label, weights)
        : (z, weights) => weighLead(z, target, highestOther(z, target), weights)
    case 'dlr':
      return target === undefined
        ? (z, weights) => ratio(z, weights, highestOther(z, label), label, 3)
        : (z, weights) => ratio(z, weights, target, label, 4)
  }
}

/** z_up - z_down. */
export const leadOf =
  (up: number, down: number): Loss =>
  (z, weights) =>
    weighLead(z, up, down, weights)

/** @throws UserError where a victim has too few labels for an objective */
export function requireLabels(attack: string, objective: AttackObjective, labels: number, isTargeted: boolean): void {
  const needed = isTargeted ? 4 : 3
  if (objective !== 'dlr' || labels >= needed) return
  const what = isTargeted ? 'objective dlr with a target' : 'objective dlr'
  throw new UserError(`attack ${attack}: ${what} needs ${needed} labels, the model has ${labels}; use margin`)
}

/** At a label to reach it is lowered: sign -1. */
function crossEntropy(z: Float32Array, weights: Float32Array, label: number, sign: 1 | -1): number {
  const loss = weighCrossEntropy(z, label, weights)
  if (sign < 0) for (let k = 0; k < z.length; k++) weights[k] = -weights[k]
  return sign * loss
}

/** The lead of one label, over the distance of the highest to the third, or to the mean of the third and fourth. */
function ratio(z: Float32Array, weights: Float32Array, up: number, down: number, places: 3 | 4): number {
  const order = Array.from(z.keys()).sort((a, b) => z[b] - z[a])
  const low = order.slice(2, places)
  const distance = z[order[0]] - low.reduce((sum, k) => sum + z[k], 0) / low.length
  // Equal logits: the lead decides alone.
  if (!(distance > 0)) return weighLead(z, up, down, weights)
  const value = (z[up] - z[down]) / distance
  weights[up] += 1 / distance
  weights[down] -= 1 / distance
  weights[order[0]] -= value / distance
  for (const k of low) weights[k] += value / (distance * low.length)
  return value
}
