/** The place of the highest logit, the first of equals. */
export function predictedLabel(logits: ArrayLike<number>): number {
  let best = 0
  for (let k = 1; k < logits.length; k++) if (logits[k] > logits[best]) best = k
  return best
}

/** softmax(logits)[label], in float64. */
export function labelProbability(logits: ArrayLike<number>, label: number): number {
  const { own, others } = masses(logits, label)
  return own / (own + others)
}

/**
 * 1 - softmax(logits)[label], in float64: TextAttack's score of a row, higher is nearer to a flip. Summed over the
 * other labels rather than subtracted from 1, so that a very sure victim does not score 0.
 */
export function leavingScore(logits: ArrayLike<number>, label: number): number {
  const { own, others } = masses(logits, label)
  return others / (own + others)
}

function masses(logits: ArrayLike<number>, label: number) {
  const highest = logits[predictedLabel(logits)]
  let others = 0
  for (let k = 0; k < logits.length; k++) if (k !== label) others += Math.exp(logits[k] - highest)
  return { own: Math.exp(logits[label] - highest), others }
}
