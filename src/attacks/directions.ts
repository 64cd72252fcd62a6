import type { Embeddings } from '../embeddings/embeddings.js'
import { NearestHeap } from '../embeddings/nearest-heap.js'
import { dotRows } from '../embeddings/unit-rows.js'

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
/** Directions kept at a time. */
const MOST_KEPT = 1024
/** Words looked at together. */
const TILE = 256

/**
 * The words of a long list that score highest along a gradient, remembered by the gradient's direction. A victim over the
 * mean of its words has one direction for each pair of labels, whatever the text: up to its length, g = a (u_t - u_y).
 * Two gradients of nearly one direction r, |g / s - r| = e, cannot rank differently but for s e |v|, so what is remembered
 * comes with a bound for all words that it leaves out (Cauchy and Schwarz): whoever asks knows whether it is the answer.
 */
export class Directions {
  readonly #seen = new Map<string, Seen>()
  /** |v|₂ of the longest vector in the list. */
  readonly #longest: number
  readonly #rows: Float32Array

  /** @param list distinct words */
  constructor(
    readonly embeddings: Embeddings,
    readonly list: Int32Array,
  ) {
    const { vectors, dimensions, vocabulary } = embeddings
    // The whole vocabulary in its own order needs no copy.
    const isAll = list.length === vocabulary.size && list.every((id, i) => id === i)
    this.#rows = isAll ? vectors : rowsOf(embeddings, list)
    let longest = 0
    for (let i = 0; i < list.length; i++) {
      let squares = 0
      for (let d = i * dimensions; d < (i + 1) * dimensions; d++) squares += this.#rows[d] ** 2
      longest = Math.max(longest, squares)
    }
    this.#longest = Math.sqrt(longest)
  }

  /**
   * The words among which the best `count` are most likely.
   * @param sign -1 for those of the lowest products; the bound is of the products with their sign turned
   */
  likely(gradient: Float32Array, sign: 1 | -1, count: number): LikelyWords {
    let scale = 0
    for (let d = 0; d < gradient.length; d++) scale = Math.max(scale, Math.abs(gradient[d]))
    if (!(scale > 0)) return { words: this.list.subarray(0, 0), othersAtMost: Infinity }
    const kept = 2 ** Math.ceil(Math.log2(Math.max(32, 2 * count)))
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
    return { words: seen.words, othersAtMost: scale * (seen.floor + error * this.#longest) }
  }

  #look(direction: Float64Array, kept: number): Seen {
    const heap = new NearestHeap(Math.min(kept, this.list.length))
    const scores = new Float64Array(TILE)
    for (let start = 0; start < this.list.length; start += TILE) {
      const end = Math.min(this.list.length, start + TILE)
      dotRows(this.#rows, direction, start, end, scores)
      for (let i = start; i < end; i++) if (scores[i - start] > heap.threshold) heap.add(i, scores[i - start])
    }
    const best = heap.sorted()
    const places = Int32Array.from(best, ({ item }) => item).sort()
    const isAll = best.length === this.list.length
    return {
      direction,
      words: places.map((place) => this.list[place]),
      floor: isAll ? -Infinity : best[best.length - 1].score,
    }
  }
}

/** Gradients of nearly one direction have the same key most often. */
function keyOf(gradient: Float32Array, scale: number): string {
  const steps = new Int16Array(gradient.length)
  for (let d = 0; d < gradient.length; d++) steps[d] = Math.round((gradient[d] / scale) * STEPS)
  return Buffer.from(steps.buffer).toString('latin1')
}

function rowsOf({ vectors, dimensions }: Embeddings, ids: Int32Array): Float32Array {
  const rows = new Float32Array(ids.length * dimensions)
  ids.forEach((id, i) => {
    rows.set(vectors.subarray(id * dimensions, (id + 1) * dimensions), i * dimensions)
  })
  return rows
}
