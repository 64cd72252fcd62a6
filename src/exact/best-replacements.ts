import type { Embeddings } from '../embeddings/embeddings.js'
import { type HighestWord, ListSearches, LONG_LIST } from '../embeddings/list-searches.js'
import { wordProducts } from '../embeddings/word-products.js'
import { lengthOfWord } from '../embeddings/words-by-length.js'
import type { LinearForm } from '../gradient/victim.js'

/** A word to put in, and (u_t - u_y) · (v_word - v_old). */
export interface Replacement {
  readonly word: number
  readonly gain: number
}

/** The best replacement of a word toward a label, for a linear victim. Sums in float64. */
export class BestReplacements {
  readonly #dimensions: number
  /** Of the words of a short list. */
  readonly #products = new Float64Array(LONG_LIST)
  /** |v|₂ of the longest vector in a short list. */
  readonly #longest = new WeakMap<Int32Array, number>()
  /** Of a short list, and the word in whose place it was asked for last: most lists are those of one word. */
  readonly #reaches = new WeakMap<Int32Array, { readonly id: number; readonly reach: number }>()
  /** u_t - u_y of the labels last asked for, and the best word of the long list last asked for. */
  readonly #difference: Float64Array
  #target = -1
  #label = -1
  #last: { readonly candidates: Int32Array; readonly highest: HighestWord } | undefined

  /** @param searches of long lists */
  constructor(
    readonly linear: LinearForm,
    readonly embeddings: Embeddings,
    readonly searches: ListSearches = new ListSearches(embeddings),
  ) {
    this.#dimensions = embeddings.dimensions
    this.#difference = new Float64Array(embeddings.dimensions)
  }

  /** A bound of |v_b - v_id|₂ for all b in the list; 0 for an empty one. Of short lists it is the farthest word's. */
  reach(id: number, candidates: Int32Array): number {
    if (candidates.length === 0) return 0
    if (candidates.length > LONG_LIST) return this.longest(candidates) + lengthOfWord(this.embeddings, id)
    let known = this.#reaches.get(candidates)
    if (known?.id !== id) {
      const reach = candidates.reduce((most, word) => Math.max(most, distanceOfWords(this.embeddings, id, word)), 0)
      this.#reaches.set(candidates, (known = { id, reach }))
    }
    return known.reach
  }

  /** |v|₂ of the longest vector in a list. */
  longest(candidates: Int32Array): number {
    if (candidates.length > LONG_LIST) return this.searches.of(candidates).longest
    let longest = this.#longest.get(candidates)
    if (longest === undefined) {
      longest = candidates.reduce((most, candidate) => Math.max(most, lengthOfWord(this.embeddings, candidate)), 0)
      this.#longest.set(candidates, longest)
    }
    return longest
  }

  /** (u_t - u_y) · v_id for each of the words. */
  products(target: number, label: number, ids: Int32Array): Float64Array {
    this.#turnTo(target, label)
    const products = new Float64Array(ids.length)
    wordProducts(this.embeddings, this.#difference, ids, 0, ids.length, products)
    return products
  }

  /**
   * The candidate of the highest gain in place of `id`; `id` itself, at 0, where none gains.
   * @param product (u_t - u_y) · v_id
   */
  best(target: number, label: number, id: number, product: number, candidates: Int32Array): Replacement {
    this.#turnTo(target, label)
    const highest = candidates.length > LONG_LIST ? this.#remembered(candidates) : this.#search(candidates)
    const gain = highest.product - product
    return gain > 0 ? { word: highest.word, gain } : { word: id, gain: 0 }
  }

  #remembered(candidates: Int32Array): HighestWord {
    if (this.#last?.candidates !== candidates) {
      this.#last = { candidates, highest: this.searches.of(candidates).highest(this.#difference) }
    }
    return this.#last.highest
  }

  #search(candidates: Int32Array): HighestWord {
    wordProducts(this.embeddings, this.#difference, candidates, 0, candidates.length, this.#products)
    let highest = -1
    let product = -Infinity
    for (let i = 0; i < candidates.length; i++) {
      if (this.#products[i] > product) {
        highest = candidates[i]
        product = this.#products[i]
      }
    }
    return { word: highest, product }
  }

  #turnTo(target: number, label: number): void {
    if (this.#target === target && this.#label === label) return
    const { output } = this.linear
    const D = this.#dimensions
    for (let d = 0; d < D; d++) this.#difference[d] = output[target * D + d] - output[label * D + d]
    this.#target = target
    this.#label = label
    this.#last = undefined
  }
}

/** |v_a - v_b|₂, summed in float64. */
function distanceOfWords({ vectors, dimensions: D }: Embeddings, a: number, b: number): number {
  let squares = 0
  for (let d = 0; d < D; d++) squares += (vectors[a * D + d] - vectors[b * D + d]) ** 2
  return Math.sqrt(squares)
}
