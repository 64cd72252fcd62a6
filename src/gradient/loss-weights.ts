/**
 * The cross-entropy of one row of logits [K] at a label, as `lossOf` has it, and its weights dL/dz = softmax(z) - e_y: of
 * the label the sum of the others with its sign turned, since p_y - 1 would cancel where a victim is sure.
 * @param weights [K]: written to
 */
export function weighCrossEntropy(logits: Float32Array, label: number, weights: Float32Array): number {
  const own = logits[label]
  let shift = 0
  for (let k = 0; k < logits.length; k++) if (k !== label) shift = Math.max(shift, logits[k] - own)
  let others = 0
  for (let k = 0; k < logits.length; k++) {
    if (k !== label) others += weights[k] = Math.exp(logits[k] - own - shift)
  }
  const all = Math.exp(-shift) + others
  for (let k = 0; k < logits.length; k++) weights[k] *= 1 / all
  weights[label] = -others / all
  return shift > 0 ? shift + Math.log(all) : Math.log1p(others)
}

/**
 * z_up - z_down, and its weights.
 * @param weights [K], zeros: written to
 */
export function weighLead(logits: Float32Array, up: number, down: number, weights: Float32Array): number {
  weights[up] = 1
  weights[down] = -1
  return logits[up] - logits[down]
}
