import type { Embeddings } from '../embeddings/embeddings.js'
import type { WordRanking } from '../gradient/victim.js'
import { BestFew } from './best-few.js'
import { Directions } from './directions.js'

/** Words with their first-order scores, highest first. */
export interface RankedWords {
  readonly items: readonly number[]
  readonly scores: readonly number[]
}

/** Lists longer than this are worth remembering their best words. */
const LONG_LIST = 256

/**
 * Ranks candidates b by g · v_b, g the gradient at a position: the first-order change of the loss when b comes in,
 * less that of the word that goes out. Long lists are looked through once for each direction of g ({@link Directions});
 * the ranking is that of the whole list all the same, whatever was asked before. For vectors that stay as they are.
 */
export class WordScores {
  readonly #directions = new WeakMap<Int32Array, Directions>()
  /** What was asked last: all positions of a text have one gradient when the victim takes a mean. */
  #last:
    | { gradient: Float32Array; sign: number; candidates: Int32Array; count: number; ranked: RankedWords }
    | undefined

  /** @param ranking where the vocabulary is ranked by something faster than the CPU; the result is the same */
  constructor(
    readonly embeddings: Embeddings,
    readonly ranking?: WordRanking,
  ) {}

  /** g · v_word, summed in float64 in the order of the dimensions. */
  score(gradient: Float32Array, word: number): number {
    const { vectors, dimensions } = this.embeddings
    let sum = 0
    for (let d = 0, at = word * dimensions; d < dimensions; d++, at++) sum += gradient[d] * vectors[at]
    return sum
  }

  /** The best `count` of `candidates`; with `sign` -1 those of the lowest products, their scores with signs turned. */
  best(gradient: Float32Array, sign: 1 | -1, candidates: Int32Array, count: number): RankedWords {
    const last = this.#last
    if (
      last !== undefined &&
      last.candidates === candidates &&
      last.sign === sign &&
      last.count === count &&
      areEqual(last.gradient, gradient)
    ) {
      return last.ranked
    }
    const ranked = this.#best(gradient, sign, candidates, count)
    this.#last = { gradient, sign, candidates, count, ranked }
    return ranked
  }

  #best(gradient: Float32Array, sign: 1 | -1, candidates: Int32Array, count: number): RankedWords {
    if (candidates.length <= LONG_LIST) return this.#rank(gradient, sign, candidates, count)
    let directions = this.#directions.get(candidates)
    if (!directions)
      this.#directions.set(candidates, (directions = new Directions(this.embeddings, candidates, this.ranking)))
    const likely = directions.likely(gradient, sign, count)
    const ranked = this.#rank(gradient, sign, likely.words, count)
    if (likely.othersAtMost === -Infinity || (ranked.full && ranked.threshold > likely.othersAtMost)) return ranked
    return this.#rank(gradient, sign, candidates, count)
  }

  #rank(gradient: Float32Array, sign: 1 | -1, candidates: Int32Array, count: number): BestFew<number> {
    const best = new BestFew<number>(count)
    let threshold = -Infinity
    for (let c = 0; c < candidates.length; c++) {
      const score = sign * this.score(gradient, candidates[c])
      if (score > threshold) {
        best.add(score, candidates[c])
        threshold = best.threshold
      }
    }
    return best
  }
}

/** Equal number by number; both are gradients of one victim, of the same length. */
export function areEqual(a: Float32Array, b: Float32Array): boolean {
  for (let d = 0; d < a.length; d++) if (a[d] !== b[d]) return false
  return a.length === b.length
}

/** The scores of each embeddings that an attack meets, and of what ranks them, kept from batch to batch. */
export class WordScoresOf {
  readonly #scores = new WeakMap<Embeddings | WordRanking, WordScores>()

  of({ embeddings, ranking }: { readonly embeddings: Embeddings; readonly ranking?: WordRanking }): WordScores {
    const key = ranking ?? embeddings
    let scores = this.#scores.get(key)
    if (!scores) this.#scores.set(key, (scores = new WordScores(embeddings, ranking)))
    return scores
  }
}
