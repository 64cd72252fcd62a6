import type { Norm } from '../base/norm.js'
import type { LinearForm } from '../gradient/victim.js'

/** The least perturbation of a norm that flips a text. */
export interface MinimalNorm {
  /** At this norm the victim is at the boundary, a little above it flips; 0 where it has flipped; Infinity where it never does. */
  readonly norm: number
  /** The label that is reached. */
  readonly target: number
  /** False for a target among more than two labels: then the norm is a lower bound. */
  readonly isExact: boolean
}

/** What one position weighs in the pooled vector: 1/C in a mean of C words, 1 in a sum. */
export const positionWeight = ({ pooling }: LinearForm, positions: number): number =>
  pooling === 'mean' ? 1 / positions : 1

/**
 * The minimal perturbation of the embedded words, all positions together, that makes a linear victim leave its label,
 * or reach a target. The margin m_t = z_y - z_t is affine, with gradient a (u_y - u_t) at each of the P positions that
 * may change, and a the weight of a position, so by Hölder's inequality
 *
 *     L2 = min_t m_t / (a √P |u_t - u_y|₂),  Linf = min_t m_t / (a P |u_t - u_y|₁),  L1 = min_t m_t / (a |u_t - u_y|∞).
 *
 * With a target the minimum is over that label alone: exact with two labels; with more a lower bound, since the others
 * must be beaten as well. O(K D), in float64.
 *
 * @param logits [K], of the unperturbed text
 * @param positions C, the words of the text
 * @param label y, in [0, K)
 * @param target in [0, K) and not `label`; undefined for leaving the label
 * @param changeable P, how many of the positions may change
 */
export function minimalNorm(
  linear: LinearForm,
  logits: ArrayLike<number>,
  positions: number,
  label: number,
  norm: Norm,
  target?: number,
  changeable = positions,
): MinimalNorm {
  const classes = logits.length
  const weight =
    positionWeight(linear, positions) *
    { l1: Math.min(changeable, 1), l2: Math.sqrt(changeable), linf: changeable }[norm]
  let best: MinimalNorm = { norm: Infinity, target: target ?? (label === 0 ? 1 : 0), isExact: true }
  for (let t = 0; t < classes; t++) {
    if (t === label || (target !== undefined && t !== target)) continue
    const margin = logits[label] - logits[t]
    const needed = margin <= 0 ? 0 : margin / (weight * dualNormOfDifference(linear.output, t, label, norm, classes))
    if (needed < best.norm) best = { norm: needed, target: t, isExact: true }
  }
  return { ...best, isExact: target === undefined || classes === 2 }
}

/** |u_t - u_y| in the norm dual to `norm`: L1 and Linf are each other's, L2 its own. */
function dualNormOfDifference(output: Float32Array, t: number, y: number, norm: Norm, classes: number): number {
  const dimensions = output.length / classes
  let sum = 0
  let largest = 0
  for (let d = 0; d < dimensions; d++) {
    const size = Math.abs(output[t * dimensions + d] - output[y * dimensions + d])
    if (size > largest) largest = size
    sum += norm === 'l2' ? size * size : size
  }
  return norm === 'l1' ? largest : norm === 'l2' ? Math.sqrt(sum) : sum
}
