import { predictedLabel } from '../../gradient/prediction.js'

/**
 * 1 - softmax(logits)[label], in float64: TextAttack's score of a row, higher is nearer to a flip. Summed over the
 * other labels rather than subtracted from 1, so that a very sure victim does not score 0.
 */
export function leavingScore(logits: ArrayLike<number>, label: number): number {
  const highest = logits[predictedLabel(logits)]
  let others = 0
  for (let k = 0; k < logits.length; k++) if (k !== label) others += Math.exp(logits[k] - highest)
  return others / (Math.exp(logits[label] - highest) + others)
}
