import { lossOf } from '../gradient/objective.js'
import { highestOther } from '../gradient/prediction.js'
import { sigmoid, softplus } from '../kernels/cbow-reference.js'

/** dL/dz_j of a row j of U. */
export interface LogitWeight {
  readonly row: number
  readonly weight: number
}

export interface WeighedLogits {
  readonly loss: number
  /** Of the rows that the loss depends on; a negative that repeats stands twice. */
  readonly weights: readonly LogitWeight[]
}

type Matrix = Float32Array | Float64Array

/**
 * A loss of z = U h at a target and its derivative with respect to each logit, in float64.
 * @param output U, [V, D]
 * @param h [D]
 */
export function weighLogits(
  loss: 'softmax' | 'negative-sampling' | 'margin',
  output: Matrix,
  h: Float64Array,
  target: number,
  negatives: Int32Array,
): WeighedLogits {
  const score = (row: number) => {
    let sum = 0
    for (let d = 0; d < h.length; d++) sum += h[d] * output[row * h.length + d]
    return sum
  }
  if (loss === 'negative-sampling') return negativeSampling(score, target, negatives)
  const logits = Float64Array.from({ length: output.length / h.length }, (_, row) => score(row))
  return loss === 'margin' ? margin(logits, target) : softmax(logits, target)
}

/** L = softplus(-z_t) + sum of softplus(z_n) over the negatives n != t. */
function negativeSampling(score: (row: number) => number, target: number, negatives: Int32Array): WeighedLogits {
  const own = score(target)
  let loss = softplus(-own)
  const weights = [{ row: target, weight: -sigmoid(-own) }]
  for (const row of negatives) {
    if (row === target) continue
    const z = score(row)
    loss += softplus(z)
    weights.push({ row, weight: sigmoid(z) })
  }
  return { loss, weights }
}

/** L = -log p_t, dL/dz = p - e_t; 1 - p_t as the sum of the others, which does not cancel where p_t is nearly 1. */
function softmax(logits: Float64Array, target: number): WeighedLogits {
  const highest = logits.reduce((a, b) => Math.max(a, b))
  const total = logits.reduce((sum, z) => sum + Math.exp(z - highest), 0)
  const weights = Array.from(logits, (z, row) => ({ row, weight: row === target ? 0 : Math.exp(z - highest) / total }))
  weights[target].weight = -weights.reduce((sum, { weight }) => sum + weight, 0)
  return { loss: lossOf('cross-entropy', logits, target), weights }
}

/** L = z_r - z_t, r the first of the highest rivals. */
function margin(logits: Float64Array, target: number): WeighedLogits {
  const rival = highestOther(logits, target)
  return {
    loss: lossOf('margin', logits, target),
    weights: [
      { row: rival, weight: 1 },
      { row: target, weight: -1 },
    ],
  }
}
