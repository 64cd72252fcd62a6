/**
 * What an attack raises at the label it leaves, and lowers at the label it wants:
 * `cross-entropy` L = -log softmax(z)_y; `margin` L = max over t != y of z_t, less z_y (Carlini and Wagner 2017).
 */
export const OBJECTIVES = ['cross-entropy', 'margin'] as const
export type Objective = (typeof OBJECTIVES)[number]

/**
 * The loss of one row of logits [K] at a label, in float64. NaN among the logits gives NaN. Cross-entropy is written over
 * z_t - z_y, so that it is never below 0 and exact where it is nearly 0.
 * @param rival for the margin: the label that is held against `label`, instead of the highest other one
 */
export function lossOf(objective: Objective, logits: ArrayLike<number>, label: number, rival?: number): number {
  const own = logits[label]
  if (objective === 'margin' && rival !== undefined) return logits[rival] - own
  let highest = -Infinity
  for (let k = 0; k < logits.length; k++) {
    if (k !== label) highest = Math.max(highest, logits[k])
  }
  const margin = highest - own
  if (objective === 'margin') return margin
  const shift = Math.max(margin, 0)
  let sum = 0
  for (let k = 0; k < logits.length; k++) {
    if (k !== label) sum += Math.exp(logits[k] - own - shift)
  }
  return shift > 0 ? shift + Math.log(Math.exp(-shift) + sum) : Math.log1p(sum)
}
