import type { Embeddings } from '../embeddings/embeddings.js'
import type { ListSearches } from '../embeddings/list-searches.js'
import type { Swap } from '../gradient/swap.js'
import type { LinearForm } from '../gradient/victim.js'
import { wordId } from '../text/vocabulary.js'
import { BestReplacements } from './best-replacements.js'
import { positionWeight } from './minimal-norm.js'
import { OutputNorms } from './output-norms.js'

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

/** A little more reach than there is, so that no rounding turns a flip away. */
const SLACK = 1.000001

/** Rivals that are tried first: those that seem the nearest. */
const FIRST = 8

/**
 * The fewest word swaps that make a linear victim leave its label, over given candidates for each position.
 *
 * The margin of each rival label t is affine and separates over positions: a swap a -> b is worth
 * w (u_t - u_y) · (v_b - v_a) wherever it stands, w the weight of a position. So the best k swaps toward t are the k
 * largest of the positions' best gains, and they flip if and only if their sum exceeds m_t = z_y - z_t.
 *
 * Of many rivals nearly all are told by bounds not to do with fewer swaps than are found: by Cauchy and Schwarz k swaps
 * gain at most |u_t - u_y| times the k longest ways from a word to its farthest candidate, with |u_t| + |u_y| for the
 * difference at first (O(K) for a text), then the difference itself, then the words that stand there.
 *
 * Only untargeted: a target among more than two labels must beat the other labels as well. The search keeps work on
 * long lists of candidates from text to text: it is for one run, while the vectors stay as they are.
 */
export class ExactSwaps {
  readonly #replacements: BestReplacements
  readonly #norms: OutputNorms

  /** @param searches of long lists, where somebody else looks for words of the same lists */
  constructor(
    readonly linear: LinearForm,
    readonly embeddings: Embeddings,
    searches?: ListSearches,
  ) {
    this.#replacements = new BestReplacements(linear, embeddings, searches)
    this.#norms = new OutputNorms(linear)
  }

  /**
   * @param atMost larger sets are not looked for
   * @returns undefined when no set of at most `atMost` swaps leaves the label: a certificate
   */
  minimal(problem: SwapProblem, atMost = problem.ids.length): MinimalSwaps | undefined {
    const { ids, candidates, logits, label } = problem
    const weight = positionWeight(this.linear, ids.length)
    const ways = Float64Array.from(ids, (id, position) => this.#replacements.reach(id, candidates[position]))
    const reach = reaches(ways)
    const sizes = this.#norms.rows('l2')
    const margins = (target: number) => (logits[label] - logits[target]) / weight
    let best: MinimalSwaps | undefined
    const allowed = () => (best ? best.swaps.length - 1 : Math.min(atMost, ids.length))
    const tryRival = (target: number) => {
      const needed = margins(target)
      const most = reach[Math.max(0, allowed())]
      if (allowed() < 0 || (needed > 0 && needed > SLACK * (sizes[target] + sizes[label]) * most)) return
      if (needed > 0 && needed > SLACK * this.#norms.difference('l2', target, label) * most) return
      const swaps = this.#toward(target, problem, ways, needed, allowed())
      if (swaps) best = { swaps, target }
    }
    const first = this.#nearest(label, logits)
    for (const target of first) tryRival(target)
    for (let target = 0; target < logits.length; target++) {
      if (target !== label && !first.includes(target)) tryRival(target)
    }
    return best
  }

  /** The rivals of the least margin for their size, nearest first. */
  #nearest(label: number, logits: ArrayLike<number>): number[] {
    const sizes = this.#norms.rows('l2')
    const far = (target: number) => (logits[label] - logits[target]) / (sizes[target] + sizes[label])
    const nearest: number[] = []
    for (let target = 0; target < logits.length; target++) {
      if (target === label) continue
      const last = nearest[FIRST - 1]
      if (last !== undefined && far(target) >= far(last)) continue
      const place = nearest.findIndex((other) => far(target) < far(other))
      nearest.splice(place < 0 ? nearest.length : place, 0, target)
      nearest.length = Math.min(nearest.length, FIRST)
    }
    return nearest
  }

  /** The fewest swaps whose gains sum to more than `needed`, or undefined when `atMost` are not enough. */
  #toward(
    target: number,
    problem: SwapProblem,
    ways: Float64Array,
    needed: number,
    atMost: number,
  ): Swap[] | undefined {
    const { ids, candidates, label } = problem
    const products = this.#replacements.products(target, label, ids)
    if (needed >= 0 && !this.#canGain(target, problem, ways, products, needed, atMost)) return undefined
    const gains = Array.from(ids, (id, position) => {
      const { word, gain } = this.#replacements.best(target, label, id, products[position], candidates[position])
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

  /**
   * Whether the best gains could sum to more than `needed`, were each list's longest vector along the difference, or the
   * way to its farthest word.
   * @param ways the longest from each word to a candidate, [C]
   * @param products of the words that stand there with the difference, [C]
   */
  #canGain(
    target: number,
    { candidates, label }: SwapProblem,
    ways: Float64Array,
    products: Float64Array,
    needed: number,
    atMost: number,
  ): boolean {
    const size = this.#norms.difference('l2', target, label)
    const gains = products.map((product, position) => {
      const list = candidates[position]
      if (list.length === 0) return 0
      const most = SLACK * size
      return Math.max(0, Math.min(most * ways[position], most * this.#replacements.longest(list) - product))
    })
    gains.sort().reverse()
    let sum = 0
    for (let k = 0; k < Math.min(atMost, gains.length); k++) sum += gains[k]
    return sum >= needed
  }
}

/** What any k swaps move the sum of the embedded words at most, for k = 0 to C. */
function reaches(ways: Float64Array): Float64Array {
  const longestFirst = ways.toSorted().reverse()
  const sums = new Float64Array(ways.length + 1)
  for (let k = 0; k < ways.length; k++) sums[k + 1] = sums[k] + longestFirst[k]
  return sums
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
