/** The label that logits [K] predict, in [0, K): the highest one's, the first of equals. */
export function predictedLabel(logits: ArrayLike<number>): number {
  let best = 0
  for (let k = 1; k < logits.length; k++) if (logits[k] > logits[best]) best = k
  return best
}

/**
 * Whether a prediction is what an attack wants: the target reached, or without one the label left.
 * @param label the label under attack
 */
export function isFlip(predicted: number, label: number, target: number | undefined): boolean {
  return target === undefined ? predicted !== label : predicted === target
}
