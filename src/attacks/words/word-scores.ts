import type { Embeddings } from '../../embeddings/embeddings.js'
import { ListSearches, LONG_LIST } from '../../embeddings/list-searches.js'
import { wordProducts } from '../../embeddings/word-products.js'
import type { ReadOnlyVictim } from '../../gradient/read-only-victim.js'
import type { AttackContext } from '../attack.js'
import { BestFew } from './best-few.js'

/** Words with their first-order scores, highest first. */
export interface RankedWords {
  readonly items: readonly number[]
  readonly scores: readonly number[]
}

/** A question and its answer. */
interface Ranking {
  readonly gradient: Float32Array
  readonly sign: number
  readonly candidates: Int32Array
  readonly count: number
  readonly ranked: RankedWords
}

/** Candidates that are multiplied before they are looked at. */
const TOGETHER = 64

/** Answers kept at a time. */
const MOST_KEPT = 4096

/**
 * Ranks candidates b by g · v_b, g the gradient at a position: the first-order change of the loss when b comes in,
 * less that of the word that goes out. Long lists are looked through once for each direction of g (`Directions`); the
 * ranking is that of the whole list all the same, whatever was asked before. For vectors that stay as they are.
 */
export class WordScores {
  readonly embeddings: Embeddings
  /** What was asked last: all positions of a text have one gradient when the victim takes a mean. */
  #last: Ranking | undefined
  /** Of long lists: texts of one length have few gradients when the victim takes a mean. */
  readonly #kept = new Map<number, Ranking>()
  /** A gradient [D] and its products with some words. */
  readonly #wide: Float64Array
  readonly #products = new Float64Array(TOGETHER)

  constructor(readonly searches: ListSearches) {
    this.embeddings = searches.embeddings
    this.#wide = new Float64Array(searches.embeddings.dimensions)
  }

  /** g · v_word, summed in float64 in the order of the dimensions. */
  score(gradient: Float32Array, word: number): number {
    const { vectors, dimensions } = this.embeddings
    let sum = 0
    for (let d = 0, at = word * dimensions; d < dimensions; d++, at++) sum += gradient[d] * vectors[at]
    return sum
  }

  /** Says that {@link best} will be asked this: long lists are looked through for all such questions at once. */
  expect(gradient: Float32Array, candidates: Int32Array, count: number): void {
    if (candidates.length > LONG_LIST) this.searches.of(candidates).directions.expect(gradient, count)
  }

  /** The best `count` of `candidates`; with `sign` -1 those of the lowest products, their scores with signs turned. */
  best(gradient: Float32Array, sign: 1 | -1, candidates: Int32Array, count: number): RankedWords {
    if (this.#last && isSame(this.#last, gradient, sign, candidates, count)) return this.#last.ranked
    if (candidates.length <= LONG_LIST) {
      const ranked = this.#rank(gradient, sign, candidates, count)
      this.#last = { gradient: gradient.slice(), sign, candidates, count, ranked }
      return ranked
    }
    const key = keyOfBits(gradient)
    const known = this.#kept.get(key)
    if (known && isSame(known, gradient, sign, candidates, count)) {
      this.#last = known
      return known.ranked
    }
    const ranked = this.#best(gradient, sign, candidates, count)
    this.#last = { gradient: gradient.slice(), sign, candidates, count, ranked }
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear()
    this.#kept.set(key, this.#last)
    return ranked
  }

  #best(gradient: Float32Array, sign: 1 | -1, candidates: Int32Array, count: number): RankedWords {
    const likely = this.searches.of(candidates).directions.likely(gradient, sign, count)
    const ranked = this.#rank(gradient, sign, likely.words, count)
    if (likely.othersAtMost === -Infinity || (ranked.full && ranked.threshold > likely.othersAtMost)) return ranked
    return this.#rank(gradient, sign, candidates, count)
  }

  #rank(gradient: Float32Array, sign: 1 | -1, candidates: Int32Array, count: number): BestFew<number> {
    this.#wide.set(gradient)
    const best = new BestFew<number>(count)
    let threshold = -Infinity
    for (let from = 0; from < candidates.length; from += TOGETHER) {
      const to = Math.min(candidates.length, from + TOGETHER)
      wordProducts(this.embeddings, this.#wide, candidates, from, to, this.#products)
      for (let c = from; c < to; c++) {
        const score = sign * this.#products[c - from]
        if (score > threshold) {
          best.add(score, candidates[c])
          threshold = best.threshold
        }
      }
    }
    return best
  }
}

function isSame(known: Ranking, gradient: Float32Array, sign: number, candidates: Int32Array, count: number): boolean {
  return (
    known.candidates === candidates &&
    known.sign === sign &&
    known.count === count &&
    areEqual(known.gradient, gradient)
  )
}

/** Gradients of the same bits have the same key; what has the same key is compared. */
function keyOfBits(gradient: Float32Array): number {
  const bits = new Int32Array(gradient.buffer, gradient.byteOffset, gradient.length)
  let hash = 0
  for (let d = 0; d < bits.length; d++) hash = (Math.imul(hash ^ bits[d], 0x01000193) + d) | 0
  return hash
}

/** Equal number by number; both are gradients of one victim, of the same length. */
export function areEqual(a: Float32Array, b: Float32Array): boolean {
  for (let d = 0; d < a.length; d++) if (a[d] !== b[d]) return false
  return a.length === b.length
}

/** The scores of an attack, kept from batch to batch of a run. */
export class KeptWordScores {
  readonly #scores = new WeakMap<ListSearches, WordScores>()

  of(victim: ReadOnlyVictim, { searches = new ListSearches(victim.embeddings, victim.ranking) }: AttackContext) {
    let scores = this.#scores.get(searches)
    if (!scores) this.#scores.set(searches, (scores = new WordScores(searches)))
    return scores
  }
}
