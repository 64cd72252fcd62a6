import type { Embeddings } from '../embeddings/embeddings.js'
import type { Swap } from '../gradient/swap.js'
import type { LinearForm } from '../gradient/victim.js'
import { wordId } from '../text/vocabulary.js'
import { BestReplacements } from './best-replacements.js'
import { positionWeight } from './minimal-norm.js'

/** A text under exact search. */
export interface SwapProblem {
  /** Word numbers [C]. */
  readonly ids: Int32Array
  /** For each position the words that may be put there, [C] lists; the word that stands there may be among them. */
  readonly candidates: readonly Int32Array[]
  /** Logits of the text as it is, [K]. */
  readonly logits: ArrayLike<number>
  /** The label to leave, in [0, K). */
  readonly label: number
}

/** The fewest swaps that make a victim leave a label. */
export interface MinimalSwaps {
  /** Ordered by what they gain, most first. No smaller set of swaps within the candidates leaves the label. */
  readonly swaps: readonly Swap[]
  /** A label that overtakes the one to leave. */
  readonly target: number
}

/**
 * The fewest word swaps that make a linear victim leave its label, over given candidates for each position.
 *
 * The margin of each rival label t is affine and separates over positions: a swap a -> b is worth
 * w (u_t - u_y) · (v_b - v_a) wherever it stands, w the weight of a position. So the best k swaps toward t are the k
 * largest of the positions' best gains, and they flip if and only if their sum exceeds m_t = z_y - z_t. Rivals are
 * taken in the order of a bound by Cauchy and Schwarz, until no rival's bound can be better than what is found.
 *
 * Only untargeted: a target among more than two labels must beat the other labels as well. The search keeps work on
 * long lists of candidates from text to text: it is for one run, while the vectors stay as they are.
 */
export class ExactSwaps {
  readonly #replacements: BestReplacements

  constructor(
    readonly linear: LinearForm,
    readonly embeddings: Embeddings,
  ) {
    this.#replacements = new BestReplacements(linear, embeddings)
  }

  /**
   * @param atMost larger sets are not looked for
   * @returns undefined when no set of at most `atMost` swaps leaves the label: a certificate
   */
  minimal(problem: SwapProblem, atMost = problem.ids.length): MinimalSwaps | undefined {
    const { logits, label } = problem
    const weight = positionWeight(this.linear, problem.ids.length)
    let best: MinimalSwaps | undefined
    for (const { target, fewest } of this.#rivals(problem, weight)) {
      const allowed = best ? best.swaps.length - 1 : atMost
      if (fewest > allowed) break
      const swaps = this.#toward(target, problem, (logits[label] - logits[target]) / weight, allowed)
      if (swaps) best = { swaps, target }
    }
    return best
  }

  /** Every other label with the fewest swaps that could be enough, fewest first. */
  #rivals({ ids, candidates, logits, label }: SwapProblem, weight: number): { target: number; fewest: number }[] {
    const reach = Float64Array.from(ids, (id, position) => this.#replacements.reach(id, candidates[position]))
    reach.sort().reverse()
    const rivals: { target: number; fewest: number }[] = []
    for (let target = 0; target < logits.length; target++) {
      if (target === label) continue
      const perReach = weight * this.#replacements.distance(target, label)
      let margin = logits[label] - logits[target]
      let fewest = 0
      // A little more reach than there is, so that no rounding turns a flip away.
      while (margin >= 0 && fewest < reach.length) margin -= 1.000001 * perReach * reach[fewest++]
      if (margin < 0) rivals.push({ target, fewest })
    }
    return rivals.sort((a, b) => a.fewest - b.fewest || logits[b.target] - logits[a.target])
  }

  /** The fewest swaps whose gains sum to more than `needed`, or undefined when `atMost` are not enough. */
  #toward(target: number, problem: SwapProblem, needed: number, atMost: number): Swap[] | undefined {
    const gains = Array.from(problem.ids, (id, position) => {
      const { word, gain } = this.#replacements.best(target, problem.label, id, problem.candidates[position])
      return { position, word: wordId(word), gain }
    })
    gains.sort((a, b) => b.gain - a.gain || a.position - b.position)
    let sum = 0
    for (let count = 0; count <= Math.min(atMost, gains.length); count++) {
      if (sum > needed) return gains.slice(0, count).map(({ position, word }) => ({ position, word }))
      sum += gains[count]?.gain ?? 0
    }
    return undefined
  }
}

/** The fewest swaps for one text: {@link ExactSwaps} for a single use. */
export function minimalSwaps(
  linear: LinearForm,
  embeddings: Embeddings,
  problem: SwapProblem,
  atMost?: number,
): MinimalSwaps | undefined {
  return new ExactSwaps(linear, embeddings).minimal(problem, atMost)
}
