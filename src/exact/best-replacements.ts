import type { Embeddings } from '../embeddings/embeddings.js'
import type { LinearForm } from '../gradient/victim.js'

/** A word to put in, and (u_t - u_y) · (v_word - v_old). */
export interface Replacement {
  readonly word: number
  readonly gain: number
}

/** The best word of longer lists is remembered, since the whole vocabulary is one list for all positions. */
const LONG_LIST = 256

/** The best replacement of a word toward a label, for a linear victim. Sums in float64. */
export class BestReplacements {
  readonly #dimensions: number
  /** |v|₂ of the longest vector in a list. */
  readonly #longest = new WeakMap<Int32Array, number>()
  /** Of a long list, by target and label: the word with the highest (u_t - u_y) · v, and that product. */
  readonly #highest = new WeakMap<Int32Array, Map<string, { word: number; product: number }>>()
  readonly #difference: Float64Array
  #differenceOf = ''

  constructor(
    readonly linear: LinearForm,
    readonly embeddings: Embeddings,
  ) {
    this.#dimensions = embeddings.dimensions
    this.#difference = new Float64Array(embeddings.dimensions)
  }

  /** |u_t - u_y|₂. */
  distance(target: number, label: number): number {
    const { output } = this.linear
    const D = this.#dimensions
    let squares = 0
    for (let d = 0; d < D; d++) squares += (output[target * D + d] - output[label * D + d]) ** 2
    return Math.sqrt(squares)
  }

  /** A bound of |v_b - v_id|₂ for all b in the list; 0 for an empty one. */
  reach(id: number, candidates: Int32Array): number {
    if (candidates.length === 0) return 0
    let longest = this.#longest.get(candidates)
    if (longest === undefined) {
      longest = candidates.reduce((most, candidate) => Math.max(most, this.#length(candidate)), 0)
      this.#longest.set(candidates, longest)
    }
    return longest + this.#length(id)
  }

  /** The candidate of the highest gain in place of `id`; `id` itself, at 0, where none gains. */
  best(target: number, label: number, id: number, candidates: Int32Array): Replacement {
    const difference = this.#differenceBetween(target, label)
    const { word, product } =
      candidates.length > LONG_LIST
        ? this.#remembered(difference, target, label, candidates)
        : this.#search(difference, candidates)
    const gain = product - this.#product(difference, id)
    return gain > 0 ? { word, gain } : { word: id, gain: 0 }
  }

  #remembered(difference: Float64Array, target: number, label: number, candidates: Int32Array) {
    const key = `${target},${label}`
    let known = this.#highest.get(candidates)
    if (!known) this.#highest.set(candidates, (known = new Map()))
    let highest = known.get(key)
    if (!highest) known.set(key, (highest = this.#search(difference, candidates)))
    return highest
  }

  #search(difference: Float64Array, candidates: Int32Array): { word: number; product: number } {
    let highest = { word: -1, product: -Infinity }
    for (const word of candidates) {
      const product = this.#product(difference, word)
      if (product > highest.product) highest = { word, product }
    }
    return highest
  }

  #differenceBetween(target: number, label: number): Float64Array {
    const key = `${target},${label}`
    if (this.#differenceOf !== key) {
      const { output } = this.linear
      const D = this.#dimensions
      for (let d = 0; d < D; d++) this.#difference[d] = output[target * D + d] - output[label * D + d]
      this.#differenceOf = key
    }
    return this.#difference
  }

  #product(difference: Float64Array, word: number): number {
    const { vectors } = this.embeddings
    const D = this.#dimensions
    let sum = 0
    for (let d = 0; d < D; d++) sum += difference[d] * vectors[word * D + d]
    return sum
  }

  #length(word: number): number {
    const { vectors } = this.embeddings
    const D = this.#dimensions
    let squares = 0
    for (let d = 0; d < D; d++) squares += vectors[word * D + d] ** 2
    return Math.sqrt(squares)
  }
}
