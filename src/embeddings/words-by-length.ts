import { MOST_VECTORS } from '../kernels/row-products.js'
import { blockProducts } from './block-products.js'
import type { Embeddings } from './embeddings.js'
import { EndSearch, type Ends, type HighestProducts } from './end-search.js'

/** Steps in which lengths are told apart. */
const STEPS = 4096

/**
 * The words of a list by falling length of their vectors, in fine steps, to search them for the highest products with
 * a direction: by Cauchy and Schwarz no shorter vector is better as soon as |direction| |v| is less than the least of
 * the best products. Of a vocabulary that CBOW trained a third is looked at for the best 64. For vectors that stay as
 * they are.
 */
export class WordsByLength {
  readonly words: Int32Array
  /** No vector from this place on is longer, [N]. */
  readonly bounds: Float64Array
  /** |v|₂ of the longest vector; 0 for an empty list. */
  readonly longest: number

  /** @param list distinct words, [N] */
  constructor(
    readonly embeddings: Embeddings,
    list: Int32Array,
  ) {
    const N = list.length
    const lengths = lengthsOf(embeddings, list)
    let longest = 0
    for (let i = 0; i < N; i++) if (lengths[i] > longest) longest = lengths[i]
    this.longest = longest
    // Counted into steps rather than sorted: a run begins with this, and of many words a sort takes ten times as long.
    const steps = new Int32Array(N)
    const next = new Int32Array(STEPS + 1)
    for (let i = 0; i < N; i++) {
      steps[i] = Math.min(STEPS - 1, Math.trunc(STEPS * (1 - lengths[i] / longest))) || 0
      next[steps[i] + 1]++
    }
    for (let step = 0; step < STEPS; step++) next[step + 1] += next[step]
    this.words = new Int32Array(N)
    this.bounds = new Float64Array(N)
    for (let i = 0; i < N; i++) {
      const step = steps[i]
      const place = next[step]++
      this.words[place] = list[i]
      this.bounds[place] = longest * (1 - step / STEPS)
    }
  }

  /** The `count` words of the highest products with a direction [D], or all where there are no more; sums in float64. */
  highest(direction: Float64Array, count: number): HighestProducts {
    const [{ along }] = this.#scan([direction], [count], false)
    return along
  }

  /** The same of some directions and, in the same pass, of the opposite ones. `counts` has one for each. */
  ends(directions: readonly Float64Array[], counts: readonly number[]): Ends[] {
    const ends: Ends[] = []
    for (let from = 0; from < directions.length; from += MOST_VECTORS) {
      const to = from + MOST_VECTORS
      ends.push(...this.#scan(directions.slice(from, to), counts.slice(from, to), true))
    }
    return ends
  }

  #scan(directions: readonly Float64Array[], counts: readonly number[], hasOpposite: boolean): Ends[] {
    const { words, bounds } = this
    const searches = directions.map((direction, b) => {
      const count = Math.min(counts[b], words.length)
      return new EndSearch(this, direction, count, hasOpposite ? count : 0)
    })
    const { products, rows: most, multiply } = blockProducts(this.embeddings, words, directions)
    for (let from = 0; from < words.length; from += most) {
      if (!searches.some((search) => search.mayReach(bounds[from]))) break
      const rows = Math.min(most, words.length - from)
      multiply(from, rows)
      for (let b = 0; b < searches.length; b++) {
        if (searches[b].mayReach(bounds[from])) searches[b].look(products, b * rows, from, rows)
      }
    }
    return searches.map((search) => search.ends())
  }
}

/** |v|₂ of the words of a list, [N]: four sums side by side, so that none waits for its last addition. */
function lengthsOf(embeddings: Embeddings, list: Int32Array): Float64Array {
  const { vectors, dimensions: D } = embeddings
  const lengths = new Float64Array(list.length)
  const whole = list.length - (list.length % 4)
  for (let i = 0; i < whole; i += 4) {
    const a = list[i] * D
    const b = list[i + 1] * D
    const c = list[i + 2] * D
    const e = list[i + 3] * D
    let sumA = 0
    let sumB = 0
    let sumC = 0
    let sumE = 0
    for (let d = 0; d < D; d++) {
      sumA += vectors[a + d] * vectors[a + d]
      sumB += vectors[b + d] * vectors[b + d]
      sumC += vectors[c + d] * vectors[c + d]
      sumE += vectors[e + d] * vectors[e + d]
    }
    lengths[i] = Math.sqrt(sumA)
    lengths[i + 1] = Math.sqrt(sumB)
    lengths[i + 2] = Math.sqrt(sumC)
    lengths[i + 3] = Math.sqrt(sumE)
  }
  for (let i = whole; i < list.length; i++) lengths[i] = lengthOfWord(embeddings, list[i])
  return lengths
}

/** |v|₂ of a word's vector, summed in float64. */
export function lengthOfWord({ vectors, dimensions }: Embeddings, word: number): number {
  let squares = 0
  for (let at = word * dimensions; at < (word + 1) * dimensions; at++) squares += vectors[at] * vectors[at]
  return Math.sqrt(squares)
}
