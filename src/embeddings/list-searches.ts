import { Directions, keyOfDirection } from './directions.js'
import type { Embeddings } from './embeddings.js'
import { wordProducts } from './word-products.js'
import type { WordRanking } from './word-ranking.js'
import { WordsByLength } from './words-by-length.js'

/** A word, and its product with a direction. */
export interface HighestWord {
  readonly word: number
  readonly product: number
}

interface Known extends HighestWord {
  readonly direction: Float64Array
}

/** Of longer lists it is worth remembering the best words; shorter ones are looked through each time. */
export const LONG_LIST = 256

/** So many best words are remembered for a list; the labels of a centre word make too many pairs to keep. */
const MOST_REMEMBERED = 4096

/** Looks for the words of a long list along directions, and remembers what it finds. */
export class ListSearch {
  readonly #byLength: WordsByLength
  #directions: Directions | undefined
  readonly #known = new Map<number, Known>()

  /** @param list distinct words, one at least */
  constructor(
    readonly embeddings: Embeddings,
    readonly list: Int32Array,
    readonly ranking?: WordRanking,
  ) {
    this.#byLength = new WordsByLength(embeddings, list)
  }

  get directions(): Directions {
    this.#directions ??= new Directions(this.embeddings, this.list, this.#byLength, this.ranking)
    return this.#directions
  }

  /** |v|₂ of the longest vector. */
  get longest(): number {
    return this.#byLength.longest
  }

  /** The word of the highest product with a direction [D], summed in float64; of equal products the first in the list. */
  highest(direction: Float64Array): HighestWord {
    const key = keyOfDirection(direction)
    const known = this.#known.get(key)
    if (known?.direction.every((value, d) => value === direction[d])) return known
    const found = this.#amongLikely(direction) ?? this.#search(direction)
    if (this.#known.size >= MOST_REMEMBERED) this.#known.clear()
    this.#known.set(key, { ...found, direction: direction.slice() })
    return found
  }

  #amongLikely(direction: Float64Array): HighestWord | undefined {
    const likely = this.#directions?.known(direction)
    if (!likely) return undefined
    const highest = this.#highestOf(likely.words, direction)
    return highest.product > likely.othersAtMost ? highest : undefined
  }

  #search(direction: Float64Array): HighestWord {
    const { words, products } = this.#byLength.highest(direction, 2)
    // Equal products are found in the order of the lengths: the list's own order is to decide.
    return products[0] === products[1]
      ? this.#highestOf(this.list, direction)
      : { word: words[0], product: products[0] }
  }

  /** The first of the highest product. */
  #highestOf(words: Int32Array, direction: Float64Array): HighestWord {
    const products = new Float64Array(words.length)
    wordProducts(this.embeddings, direction, words, 0, words.length, products)
    let best = 0
    for (let i = 1; i < words.length; i++) if (products[i] > products[best]) best = i
    return { word: words[best], product: products[best] }
  }
}

/**
 * The searches of long lists of words, each begun when its list is first asked for: an attack and the exact search beside
 * it share what either has found. For vectors that stay as they are.
 */
export class ListSearches {
  readonly #searches = new WeakMap<Int32Array, ListSearch>()

  /** @param ranking where the vocabulary is ranked by something faster than the CPU; what is found is the same */
  constructor(
    readonly embeddings: Embeddings,
    readonly ranking?: WordRanking,
  ) {}

  of(list: Int32Array): ListSearch {
    let search = this.#searches.get(list)
    if (!search) this.#searches.set(list, (search = new ListSearch(this.embeddings, list, this.ranking)))
    return search
  }
}
