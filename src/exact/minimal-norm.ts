import type { Norm } from '../base/norm.js'
import type { LinearForm } from '../gradient/victim.js'
import { OutputNorms } from './output-norms.js'

/** The least perturbation of a norm that flips a text. */
export interface MinimalNorm {
  /**
   * At this norm the victim is at the boundary, a little above it flips; 0 where it has flipped; Infinity where it
   * never does.
   */
  readonly norm: number
  /** The label that is reached. */
  readonly target: number
  /** False for a target among more than two labels: then the norm is a lower bound. */
  readonly isExact: boolean
}

/** A text whose embedded words may be perturbed. */
export interface NormProblem {
  /** [K], of the unperturbed text. */
  readonly logits: ArrayLike<number>
  /** C, the words of the text. */
  readonly positions: number
  /** y, in [0, K). */
  readonly label: number
  /** In [0, K) and not `label`; undefined for leaving the label. */
  readonly target?: number
  /** P, how many of the positions may change; all unless given. */
  readonly changeable?: number
}

/** What one position weighs in the pooled vector: 1/C in a mean of C words, 1 in a sum. */
export const positionWeight = ({ pooling }: LinearForm, positions: number): number =>
  pooling === 'mean' ? 1 / positions : 1

/**
 * By how much the pooled vector changes at most, in a norm, when the embedded words change by 1 in it: a √P in L2, a P in
 * Linf, a in L1, a the weight of a position and P how many may change.
 */
export function reachOf(linear: LinearForm, norm: Norm, { positions, changeable = positions }: NormProblem): number {
  const share = { l1: Math.min(changeable, 1), l2: Math.sqrt(changeable), linf: changeable }[norm]
  return positionWeight(linear, positions) * share
}

/**
 * The minimal perturbation of the embedded words, all positions together, that makes a linear victim leave its label,
 * or reach a target. The margin m_t = z_y - z_t is affine, with gradient a (u_y - u_t) at each of the P positions that
 * may change, and a the weight of a position, so by Hölder's inequality
 *
 *     L2 = min_t m_t / (a √P |u_t - u_y|₂),  Linf = min_t m_t / (a P |u_t - u_y|₁),  L1 = min_t m_t / (a |u_t - u_y|∞).
 *
 * With a target the minimum is over that label alone: exact with two labels; with more a lower bound, since the others
 * must be beaten as well (`minimalTargetedNorm` is exact). Of many labels only those are looked at whose bound by
 * |u_t| + |u_y| can be the least: O(K), and O(D) for each of those. The rows' sizes are kept: it is for one run, while the
 * weights stay as they are.
 */
export class ExactNorms {
  readonly #norms: OutputNorms

  constructor(readonly linear: LinearForm) {
    this.#norms = new OutputNorms(linear)
  }

  minimal(norm: Norm, problem: NormProblem): MinimalNorm {
    const { logits, label, target } = problem
    const reach = reachOf(this.linear, norm, problem)
    const needed = (t: number) => {
      const margin = logits[label] - logits[t]
      return margin <= 0 ? 0 : margin / (reach * this.#norms.difference(norm, t, label))
    }
    if (target !== undefined) return { norm: needed(target), target, isExact: logits.length === 2 }
    const sizes = this.#norms.rows(norm)
    /** A little less than it is, so that no rounding hides the least. */
    const bound = (t: number) => (0.999999 * (logits[label] - logits[t])) / (reach * (sizes[t] + sizes[label]))
    let likeliest = label === 0 ? 1 : 0
    for (let t = 0; t < logits.length; t++) if (t !== label && bound(t) < bound(likeliest)) likeliest = t
    let [best, nearest] = [needed(likeliest), likeliest]
    for (let t = 0; t < logits.length; t++) {
      if (t === label || !(bound(t) < best)) continue
      const size = needed(t)
      if (size < best) [best, nearest] = [size, t]
    }
    return { norm: best, target: nearest, isExact: true }
  }
}

/**
 * The minimal norm of one text: {@link ExactNorms} for a single use.
 * @param positions C, the words of the text
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
  return new ExactNorms(linear).minimal(norm, { logits, positions, label, target, changeable })
}
