import type { AttackExample } from './attack.js'

/** The label whose loss an attack moves: the target's, or else the label to leave. */
export const lossLabel = ({ label, target }: AttackExample): number => target ?? label

/** The loss of {@link lossLabel} is raised (1) to leave a label, and lowered (-1) to reach one. */
export const lossSign = ({ target }: AttackExample): 1 | -1 => (target === undefined ? 1 : -1)

/** Whether logits [K] mean success: the target is predicted, or else anything but the label (the first of equals counts). */
export function reachesGoal(logits: ArrayLike<number>, { label, target }: AttackExample): boolean {
  let predicted = 0
  for (let k = 1; k < logits.length; k++) if (logits[k] > logits[predicted]) predicted = k
  return target === undefined ? predicted !== label : predicted === target
}
