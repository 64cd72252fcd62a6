import type { Embeddings } from './embeddings.js'
import { NearestHeap } from './nearest-heap.js'

/** Some words of a list, with their products with a direction. */
export interface HighestProducts {
  /** By falling product; of equal products the one that stands first. */
  readonly words: Int32Array
  readonly products: Float64Array
}

/** A little more than the length of a direction, so that no rounding hides a word. */
const SLACK = 1.000001

/** Words of a list in some order. */
export interface SortedWords {
  readonly embeddings: Embeddings
  readonly words: Int32Array
  /** |v|₂ of the longest vector. */
  readonly longest: number
}

/** The words of a direction's two ends. */
export interface Ends {
  readonly along: HighestProducts
  readonly against: HighestProducts
}

/** The search for the highest products with one direction, and with the opposite one. */
export class EndSearch {
  readonly #along: NearestHeap
  readonly #against: NearestHeap
  /** |direction|₂, and a little more. */
  readonly #size: number
  /** More than a product is off by that was summed in another order. */
  readonly #error: number

  constructor(
    readonly sorted: SortedWords,
    readonly direction: Float64Array,
    countAlong: number,
    countAgainst: number,
  ) {
    this.#along = new NearestHeap(countAlong)
    this.#against = new NearestHeap(countAgainst)
    let squares = 0
    for (let d = 0; d < direction.length; d++) squares += direction[d] * direction[d]
    this.#size = SLACK * Math.sqrt(squares)
    this.#error = direction.length * 2 ** -50 * this.#size * sorted.longest
  }

  /** Whether a vector of this length may have a higher product than those found. A heap of none wants more than any. */
  mayReach(length: number): boolean {
    return this.#size * length >= Math.min(this.#along.threshold, this.#against.threshold)
  }

  /** Takes the products of the words from a place on; those that may be among the highest are summed anew, in order. */
  look(products: Float64Array, at: number, from: number, rows: number): void {
    const { embeddings, words } = this.sorted
    let mostAlong = this.#along.threshold - this.#error
    let mostAgainst = this.#against.threshold - this.#error
    for (let i = 0; i < rows; i++) {
      const near = products[at + i]
      if (!(near > mostAlong || -near > mostAgainst)) continue
      const product = productOf(embeddings, this.direction, words[from + i])
      if (product > this.#along.threshold) this.#along.add(from + i, product)
      if (-product > this.#against.threshold) this.#against.add(from + i, -product)
      mostAlong = this.#along.threshold - this.#error
      mostAgainst = this.#against.threshold - this.#error
    }
  }

  ends(): Ends {
    return { along: this.#sorted(this.#along), against: this.#sorted(this.#against) }
  }

  #sorted(heap: NearestHeap): HighestProducts {
    const best = heap.sorted()
    return {
      words: Int32Array.from(best, ({ item }) => this.sorted.words[item]),
      products: Float64Array.from(best, ({ score }) => score),
    }
  }
}

function productOf({ vectors, dimensions: D }: Embeddings, direction: Float64Array, word: number): number {
  let sum = 0
  for (let d = 0; d < D; d++) sum += direction[d] * vectors[word * D + d]
  return sum
}
