import { isFlip, predictedLabel } from '../gradient/prediction.js'
import type { AttackExample } from './attack.js'

/** The label whose loss an attack moves: the target's, or else the label to leave. */
export const lossLabel = ({ label, target }: AttackExample): number => target ?? label

/** The loss of {@link lossLabel} is raised (1) to leave a label, and lowered (-1) to reach one. */
export const lossSign = ({ target }: AttackExample): 1 | -1 => (target === undefined ? 1 : -1)

/** Whether logits [K] mean success: the target is predicted, or else anything but the label (the first of equals counts). */
export function reachesGoal(logits: ArrayLike<number>, { label, target }: AttackExample): boolean {
  return isFlip(predictedLabel(logits), label, target)
}

/** How near logits [K] are to success: the probability of the target, or of any label but the one to leave. In float64. */
export function goalScore(logits: ArrayLike<number>, { label, target }: AttackExample): number {
  let highest = -Infinity
  for (let k = 0; k < logits.length; k++) highest = Math.max(highest, logits[k])
  let sum = 0
  let others = 0
  for (let k = 0; k < logits.length; k++) {
    const weight = Math.exp(logits[k] - highest)
    sum += weight
    if (target === undefined ? k !== label : k === target) others += weight
  }
  return others / sum
}
