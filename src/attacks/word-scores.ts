import type { Embeddings } from '../embeddings/embeddings.js'
import { BestFew } from './best-few.js'

/** Words with their first-order scores, highest first. */
export interface RankedWords {
  readonly items: readonly number[]
  readonly scores: readonly number[]
}

/** Lists longer than this are worth remembering their best words. */
const LONG_LIST = 256

/**
 * Ranks candidates b by g · v_b, g the gradient at a position: the first-order change of the loss when b comes in,
 * less that of the word that goes out. Where positions, beam states or examples share both gradient and candidates (all
 * positions do when the victim takes a mean), they share the work. For one run of an attack: vectors may change after.
 */
export class WordScores {
  readonly #remembered = new Map<Int32Array, Map<string, RankedWords>>()

  constructor(readonly embeddings: Embeddings) {}

  /** g · v_word, summed in float64 in the order of the dimensions. */
  score(gradient: Float32Array, word: number): number {
    const { vectors, dimensions } = this.embeddings
    let sum = 0
    for (let d = 0; d < dimensions; d++) sum += gradient[d] * vectors[word * dimensions + d]
    return sum
  }

  /** The best `count` of `candidates`; with `sign` -1 those of the lowest products, their scores with signs turned. */
  best(gradient: Float32Array, sign: 1 | -1, candidates: Int32Array, count: number): RankedWords {
    if (candidates.length <= LONG_LIST) return this.#rank(gradient, sign, candidates, count)
    let known = this.#remembered.get(candidates)
    if (!known) this.#remembered.set(candidates, (known = new Map()))
    const bytes = Buffer.from(gradient.buffer, gradient.byteOffset, gradient.byteLength)
    const key = `${sign},${count},${bytes.toString('latin1')}`
    let ranked = known.get(key)
    if (!ranked) known.set(key, (ranked = this.#rank(gradient, sign, candidates, count)))
    return ranked
  }

  /** Four words at a time, so that the processor adds to four sums without waiting for one. */
  #rank(gradient: Float32Array, sign: 1 | -1, candidates: Int32Array, count: number): RankedWords {
    const { vectors, dimensions } = this.embeddings
    const best = new BestFew<number>(count)
    let threshold = -Infinity
    const offer = (score: number, word: number) => {
      if (score > threshold) {
        best.add(score, word)
        threshold = best.threshold
      }
    }
    let c = 0
    for (; c + 4 <= candidates.length; c += 4) {
      const v0 = candidates[c] * dimensions
      const v1 = candidates[c + 1] * dimensions
      const v2 = candidates[c + 2] * dimensions
      const v3 = candidates[c + 3] * dimensions
      let sum0 = 0
      let sum1 = 0
      let sum2 = 0
      let sum3 = 0
      for (let d = 0; d < dimensions; d++) {
        const g = gradient[d]
        sum0 += g * vectors[v0 + d]
        sum1 += g * vectors[v1 + d]
        sum2 += g * vectors[v2 + d]
        sum3 += g * vectors[v3 + d]
      }
      offer(sign * sum0, candidates[c])
      offer(sign * sum1, candidates[c + 1])
      offer(sign * sum2, candidates[c + 2])
      offer(sign * sum3, candidates[c + 3])
    }
    for (; c < candidates.length; c++) offer(sign * this.score(gradient, candidates[c]), candidates[c])
    return best
  }
}
