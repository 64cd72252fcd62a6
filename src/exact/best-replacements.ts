import type { Embeddings } from '../embeddings/embeddings.js'
import { lengthOfWord, WordsByLength } from '../embeddings/words-by-length.js'
import type { LinearForm } from '../gradient/victim.js'

/** A word to put in, and (u_t - u_y) · (v_word - v_old). */
export interface Replacement {
  readonly word: number
  readonly gain: number
}

/** A word of a list, and its product with a difference of output rows. */
interface Highest {
  readonly word: number
  readonly product: number
}

/** The best word of longer lists is remembered, since the whole vocabulary is one list for all positions. */
const LONG_LIST = 256

/** So many best words are remembered for a list; the labels of a centre word make too many pairs to keep. */
const MOST_REMEMBERED = 4096

/** The best replacement of a word toward a label, for a linear victim. Sums in float64. */
export class BestReplacements {
  readonly #dimensions: number
  readonly #byLength = new WeakMap<Int32Array, WordsByLength>()
  /** |v|₂ of the longest vector in a list. */
  readonly #longest = new WeakMap<Int32Array, number>()
  /** Of a long list, by target and label. */
  readonly #highest = new WeakMap<Int32Array, Map<string, Highest>>()
  readonly #difference: Float64Array
  #differenceOf = ''

  constructor(
    readonly linear: LinearForm,
    readonly embeddings: Embeddings,
  ) {
    this.#dimensions = embeddings.dimensions
    this.#difference = new Float64Array(embeddings.dimensions)
  }

  /** A bound of |v_b - v_id|₂ for all b in the list; 0 for an empty one. */
  reach(id: number, candidates: Int32Array): number {
    return candidates.length === 0 ? 0 : this.longest(candidates) + lengthOfWord(this.embeddings, id)
  }

  /** |v|₂ of the longest vector in a list. */
  longest(candidates: Int32Array): number {
    let longest = this.#longest.get(candidates)
    if (longest === undefined) {
      longest =
        candidates.length > LONG_LIST
          ? this.#sorted(candidates).longest
          : candidates.reduce((most, candidate) => Math.max(most, lengthOfWord(this.embeddings, candidate)), 0)
      this.#longest.set(candidates, longest)
    }
    return longest
  }

  /** (u_t - u_y) · v_id. */
  product(target: number, label: number, id: number): number {
    return this.#product(this.#differenceBetween(target, label), id)
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

  #remembered(difference: Float64Array, target: number, label: number, candidates: Int32Array): Highest {
    const key = `${target},${label}`
    let known = this.#highest.get(candidates)
    if (!known) this.#highest.set(candidates, (known = new Map()))
    let highest = known.get(key)
    if (!highest) {
      if (known.size >= MOST_REMEMBERED) known.clear()
      const { words, products } = this.#sorted(candidates).highest(difference, 1)
      known.set(key, (highest = { word: words[0], product: products[0] }))
    }
    return highest
  }

  #search(difference: Float64Array, candidates: Int32Array): Highest {
    let highest = { word: -1, product: -Infinity }
    for (const word of candidates) {
      const product = this.#product(difference, word)
      if (product > highest.product) highest = { word, product }
    }
    return highest
  }

  #sorted(candidates: Int32Array): WordsByLength {
    let sorted = this.#byLength.get(candidates)
    if (!sorted) this.#byLength.set(candidates, (sorted = new WordsByLength(this.embeddings, candidates)))
    return sorted
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
}
