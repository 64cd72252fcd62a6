import type { Embeddings } from './embeddings.js'
import { NearestHeap } from './nearest-heap.js'
import { wordProducts } from './word-products.js'

/** Some words of a list, with their products with a direction. */
export interface HighestProducts {
  /** By falling product; of equal products the one that stands first. */
  readonly words: Int32Array
  readonly products: Float64Array
}

/** A little more than the length of a direction, so that no rounding hides a word. */
const SLACK = 1.000001

/** Steps in which lengths are told apart. */
const STEPS = 4096

/** Words looked at before the bound is looked at again. */
const TOGETHER = 16

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
    return this.#scan(direction, count, 0).along
  }

  /** The same of the direction and, in the same pass, of the opposite one. */
  ends(direction: Float64Array, count: number): { readonly along: HighestProducts; readonly against: HighestProducts } {
    return this.#scan(direction, count, count)
  }

  #scan(direction: Float64Array, countAlong: number, countAgainst: number) {
    const { words, bounds } = this
    let squares = 0
    for (let d = 0; d < direction.length; d++) squares += direction[d] * direction[d]
    const size = SLACK * Math.sqrt(squares)
    const along = new NearestHeap(Math.min(countAlong, words.length))
    const against = new NearestHeap(Math.min(countAgainst, words.length))
    const products = new Float64Array(TOGETHER)
    // A heap that keeps nothing asks for more than any product.
    let mostAlong = along.threshold
    let mostAgainst = against.threshold
    for (let from = 0; from < words.length && size * bounds[from] >= Math.min(mostAlong, mostAgainst); ) {
      const end = Math.min(words.length, from + TOGETHER)
      wordProducts(this.embeddings, direction, words, from, end, products)
      for (let i = 0; from < end; i++, from++) {
        const product = products[i]
        if (product > mostAlong) {
          along.add(from, product)
          mostAlong = along.threshold
        }
        if (-product > mostAgainst) {
          against.add(from, -product)
          mostAgainst = against.threshold
        }
      }
    }
    return { along: this.#sorted(along), against: this.#sorted(against) }
  }

  #sorted(heap: NearestHeap): HighestProducts {
    const best = heap.sorted()
    return {
      words: Int32Array.from(best, ({ item }) => this.words[item]),
      products: Float64Array.from(best, ({ score }) => score),
    }
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
