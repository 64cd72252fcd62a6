import type { Embeddings } from './embeddings.js'
import type { HighestProducts } from './end-search.js'
import type { WordRanking } from './word-ranking.js'
import type { WordsByLength } from './words-by-length.js'

/** Some words of a list, and a bound of what all others can score. */
export interface LikelyWords {
  /** In the order of the list. */
  readonly words: Int32Array
  readonly othersAtMost: number
}

/** The words of one end of a direction. */
interface End {
  readonly words: Int32Array
  /** No other word scores more along the direction, or against it. */
  readonly floor: number
}

/** A direction that was looked at. */
interface Seen {
  /** Its first largest component is 1. */
  readonly direction: Float64Array
  /** Words that were looked for at each end. */
  readonly kept: number
  along?: End
  against?: End
}

/** Fineness in which directions are told apart. */
const STEPS = 1 << 14
/** Words looked for at the least. */
const LEAST_KEPT = 32
/** Words looked for beyond those that are asked for, so that the bound of all others is below them. */
const MARGIN = 8
/** Directions kept at a time. */
const MOST_KEPT = 1024

/**
 * The words of a long list that score highest along a gradient, remembered by the gradient's direction. A victim over the
 * mean of its words has one direction for each pair of labels, whatever the text: up to its length, g = a (u_t - u_y), and
 * against it the direction of the pair the other way round. Two gradients of nearly one direction r, |g / s - r| = e, cannot
 * rank differently but for s e |v|, so what is remembered comes with a bound for all words that it leaves out (Cauchy and
 * Schwarz): whoever asks knows whether it is the answer.
 */
export class Directions {
  readonly #seen = new Map<number, Seen>()
  /** Of those seen, the ones that are still to be looked along. */
  #unlooked: Seen[] = []
  /** Where a word stands in the list, [V]. */
  readonly #places: Int32Array
  readonly #ranking: WordRanking | undefined
  /** The direction asked about, its first largest component 1. */
  readonly #asked: Float64Array

  /**
   * @param list distinct words
   * @param byLength the same words
   * @param ranking looks at the words where the list is the whole vocabulary
   */
  constructor(
    { vocabulary, dimensions }: Embeddings,
    readonly list: Int32Array,
    readonly byLength: WordsByLength,
    ranking?: WordRanking,
  ) {
    this.#ranking = list.length === vocabulary.size ? ranking : undefined
    this.#asked = new Float64Array(dimensions)
    this.#places = new Int32Array(vocabulary.size)
    for (let place = 0; place < list.length; place++) this.#places[list[place]] = place
  }

  /**
   * The words among which the best `count` are most likely.
   * @param sign -1 for those of the lowest products; the bound is of the products with their sign turned
   */
  likely(gradient: ArrayLike<number>, sign: 1 | -1, count: number): LikelyWords {
    const largest = this.#ask(gradient)
    if (largest === 0) return { words: this.list.subarray(0, 0), othersAtMost: Infinity }
    return this.#bounded(this.#find(count), sign * largest)
  }

  /** {@link likely}, with as many words as were looked for along this direction before; undefined where none were. */
  known(direction: ArrayLike<number>): LikelyWords | undefined {
    const largest = this.#ask(direction)
    const seen = largest === 0 ? undefined : this.#seen.get(keyOfDirection(this.#asked))
    return seen && this.#bounded(seen, largest)
  }

  /** Says that {@link likely} will be asked this: the directions said are looked along together. */
  expect(gradient: ArrayLike<number>, count: number): void {
    if (this.#ask(gradient) !== 0) this.#find(count)
  }

  /** The direction asked about, new or not. */
  #find(count: number): Seen {
    const kept = 2 ** Math.ceil(Math.log2(Math.max(LEAST_KEPT, count + MARGIN)))
    const key = keyOfDirection(this.#asked)
    let seen = this.#seen.get(key)
    if (!seen || seen.kept < kept) {
      if (this.#seen.size >= MOST_KEPT) this.#seen.clear()
      this.#seen.set(key, (seen = { direction: this.#asked.slice(), kept }))
      if (!this.#isRanked(kept)) this.#unlooked.push(seen)
    }
    return seen
  }

  /** Takes a direction, scaled by its first largest component, which it gives back; 0 where that is none. */
  #ask(direction: ArrayLike<number>): number {
    const asked = this.#asked
    let largest = 0
    for (let d = 0; d < asked.length; d++) {
      if (Math.abs(direction[d]) > Math.abs(largest)) largest = direction[d]
    }
    for (let d = 0; d < asked.length; d++) asked[d] = direction[d] / largest
    return largest
  }

  /** @param scale what the direction asked about was divided by, with the sign of the products that are looked for */
  #bounded(seen: Seen, scale: number): LikelyWords {
    const { words, floor } = this.#endOf(seen, scale > 0)
    let squares = 0
    for (let d = 0; d < this.#asked.length; d++) squares += (this.#asked[d] - seen.direction[d]) ** 2
    // Float64 sums of a few hundred products are off by far less than the 1e-12 allowed for here.
    const error = Math.sqrt(squares) + 1e-12 * Math.sqrt(this.#asked.length)
    return { words, othersAtMost: Math.abs(scale) * (floor + error * this.byLength.longest) }
  }

  #endOf(seen: Seen, isAlong: boolean): End {
    const known = isAlong ? seen.along : seen.against
    if (known) return known
    const { direction, kept } = seen
    if (this.#ranking && this.#isRanked(kept)) {
      const turned = isAlong ? direction : direction.map((value) => -value)
      const end = this.#ranked(this.#ranking, turned, kept)
      return isAlong ? (seen.along = end) : (seen.against = end)
    }
    const looked = this.#unlooked
    this.#unlooked = []
    const ends = this.byLength.ends(
      looked.map((each) => each.direction),
      looked.map((each) => each.kept),
    )
    for (const [i, each] of looked.entries()) {
      each.along = this.#end(ends[i].along)
      each.against = this.#end(ends[i].against)
    }
    const end = isAlong ? seen.along : seen.against
    if (!end) throw new Error('a direction was asked about that nobody looked along')
    return end
  }

  #isRanked(kept: number): boolean {
    return this.#ranking !== undefined && kept <= Math.min(this.#ranking.mostWords, this.list.length - 1)
  }

  #end({ words, products }: HighestProducts): End {
    const isAll = words.length === this.list.length
    return { words: this.#inOrder(words), floor: isAll ? -Infinity : products[words.length - 1] }
  }

  /**
   * A sum of D products in float32, of numbers that were rounded to it, is off by at most (D + 2) 2^-23 |r| |v|: with
   * that added to the floor, no other word scores more.
   */
  #ranked(ranking: WordRanking, direction: Float64Array, kept: number): End {
    const { words, scores } = ranking.bestWords(Float32Array.from(direction), kept)
    const error = (direction.length + 2) * 2 ** -23 * Math.hypot(...direction) * this.byLength.longest
    return { words: this.#inOrder(Int32Array.from(words)), floor: scores[kept - 1] + error }
  }

  /** As they stand in the list, which decides between equals. */
  #inOrder(words: Int32Array): Int32Array {
    return words.slice().sort((a, b) => this.#places[a] - this.#places[b])
  }
}

/** Nearly equal directions have the same key most often; what has the same key is bounded by what it is. */
export function keyOfDirection(direction: Float64Array): number {
  let hash = 0
  for (let d = 0; d < direction.length; d++)
    hash = (Math.imul(hash ^ Math.round(direction[d] * STEPS), 0x01000193) + d) | 0
  return hash
}
