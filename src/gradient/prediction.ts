/** The label that logits [K] predict, in [0, K): the highest one's, the first of equals. */
export function predictedLabel(logits: ArrayLike<number>): number {
  let best = 0
  for (let k = 1; k < logits.length; k++) if (logits[k] > logits[best]) best = k
  return best
}

/** The label of the highest of the logits [K] but one label's, the first of equals; NaN counts as the highest. */
export function highestOther(logits: ArrayLike<number>, but: number): number {
  let highest = but === 0 ? 1 : 0
  for (let k = highest + 1; k < logits.length; k++) {
    if (k !== but && !(logits[k] <= logits[highest]) && !Number.isNaN(logits[highest])) highest = k
  }
  return highest
}

/**
 * Whether a prediction is what an attack wants: the target reached, or without one the label left.
 * @param label the label under attack
 */
export function isFlip(predicted: number, label: number, target: number | undefined): boolean {
  return target === undefined ? predicted !== label : predicted === target
}
