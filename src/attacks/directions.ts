import type { Embeddings } from '../embeddings/embeddings.js'
import { WordsByLength } from '../embeddings/words-by-length.js'
import type { WordRanking } from '../gradient/victim.js'

/** Some words of a list, and a bound of what all others can score. */
export interface LikelyWords {
  /** In the order of the list. */
  readonly words: Int32Array
  readonly othersAtMost: number
}

/** A direction that was looked at. */
interface Seen {
  /** Of largest component 1. */
  readonly direction: Float64Array
  readonly words: Int32Array
  /** No other word scores more along the direction. */
  readonly floor: number
}

/** Fineness in which directions are told apart. */
const STEPS = 1 << 14
/** Words looked for beyond those that are asked for, so that the bound of all others is below them. */
const MARGIN = 8
/** Directions kept at a time. */
const MOST_KEPT = 1024

/**
 * The words of a long list that score highest along a gradient, remembered by the gradient's direction. A victim over the
 * mean of its words has one direction for each pair of labels, whatever the text: up to its length, g = a (u_t - u_y).
 * Two gradients of nearly one direction r, |g / s - r| = e, cannot rank differently but for s e |v|, so what is remembered
 * comes with a bound for all words that it leaves out (Cauchy and Schwarz): whoever asks knows whether it is the answer.
 */
export class Directions {
  readonly #seen = new Map<string, Seen>()
  readonly #byLength: WordsByLength
  /** Where a word stands in the list, [V]. */
  readonly #places: Int32Array

  readonly #ranking: WordRanking | undefined

  /**
   * @param list distinct words
   * @param ranking looks at the words where the list is the whole vocabulary
   */
  constructor(
    embeddings: Embeddings,
    readonly list: Int32Array,
    ranking?: WordRanking,
  ) {
    this.#byLength = new WordsByLength(embeddings, list)
    this.#ranking = list.length === embeddings.vocabulary.size ? ranking : undefined
    this.#places = new Int32Array(embeddings.vocabulary.size)
    list.forEach((word, place) => {
      this.#places[word] = place
    })
  }

  /**
   * The words among which the best `count` are most likely.
   * @param sign -1 for those of the lowest products; the bound is of the products with their sign turned
   */
  likely(gradient: Float32Array, sign: 1 | -1, count: number): LikelyWords {
    let scale = 0
    for (let d = 0; d < gradient.length; d++) scale = Math.max(scale, Math.abs(gradient[d]))
    if (!(scale > 0)) return { words: this.list.subarray(0, 0), othersAtMost: Infinity }
    const kept = 2 ** Math.ceil(Math.log2(Math.max(32, count + MARGIN)))
    const key = `${kept},${keyOf(gradient, sign * scale)}`
    let seen = this.#seen.get(key)
    if (!seen) {
      if (this.#seen.size >= MOST_KEPT) this.#seen.clear()
      this.#seen.set(
        key,
        (seen = this.#look(
          Float64Array.from(gradient, (g) => g / (sign * scale)),
          kept,
        )),
      )
    }
    let squares = 0
    for (let d = 0; d < gradient.length; d++) squares += (gradient[d] / (sign * scale) - seen.direction[d]) ** 2
    // Float64 sums of a few hundred products are off by far less than the 1e-12 allowed for here.
    const error = Math.sqrt(squares) + 1e-12 * Math.sqrt(gradient.length)
    return { words: seen.words, othersAtMost: scale * (seen.floor + error * this.#byLength.longest) }
  }

  #look(direction: Float64Array, kept: number): Seen {
    if (this.#ranking && kept <= Math.min(this.#ranking.mostWords, this.list.length - 1)) {
      return this.#ask(this.#ranking, direction, kept)
    }
    const { words, products } = this.#byLength.highest(direction, kept)
    const isAll = words.length === this.list.length
    return { direction, words: this.#inOrder(words), floor: isAll ? -Infinity : products[words.length - 1] }
  }

  /**
   * A sum of D products in float32, of numbers that were rounded to it, is off by at most (D + 2) 2^-23 |r| |v|: with
   * that added to the floor, no other word scores more.
   */
  #ask(ranking: WordRanking, direction: Float64Array, kept: number): Seen {
    const { words, scores } = ranking.bestWords(Float32Array.from(direction), kept)
    const error = (direction.length + 2) * 2 ** -23 * Math.hypot(...direction) * this.#byLength.longest
    return { direction, words: this.#inOrder(Int32Array.from(words)), floor: scores[kept - 1] + error }
  }

  /** As they stand in the list, which decides between equals. */
  #inOrder(words: Int32Array): Int32Array {
    return words.slice().sort((a, b) => this.#places[a] - this.#places[b])
  }
}

/** Gradients of nearly one direction have the same key most often. */
function keyOf(gradient: Float32Array, scale: number): string {
  const steps = new Int16Array(gradient.length)
  for (let d = 0; d < gradient.length; d++) steps[d] = Math.round((gradient[d] / scale) * STEPS)
  return Buffer.from(steps.buffer).toString('latin1')
}
