import { RowSieve } from '../kernels/row-sieve.js'
import { type WordId, wordId } from '../text/vocabulary.js'
import type { Embeddings } from './embeddings.js'
import { NearestHeap } from './nearest-heap.js'
import { dotRows, unitInto, unitRows } from './unit-rows.js'

export interface Neighbour {
  readonly id: WordId
  /** Cosine, in [-1, 1]; 0 where one of the two vectors is all zeros. */
  readonly similarity: number
}

export interface NearestOptions {
  /** Words that are not wanted. */
  readonly exclude?: Iterable<WordId>
  /** Look only among the first so many words. */
  readonly first?: number
}

/** Rows whose cosines are computed before they are looked at. */
const TILE_ROWS = 256
/** Rows that are sieved at a time: of more the sieve would know less of what was found before. */
const SIEVED_ROWS = 1_024
/** A table of rounded rows is made when so many questions were asked: it costs as much as some of them. */
const QUESTIONS_BEFORE_SIEVE = 8

/**
 * Finds nearest words by cosine, exactly, in O(V D) for each. The rows are scaled to length 1 once, when it is made: it
 * keeps the vectors as they were then. Of equally near words the one with the lower number comes first.
 */
export class NeighbourTable {
  readonly #unit: Float32Array
  #sieve: RowSieve | undefined
  #questions = 0

  constructor(readonly embeddings: Embeddings) {
    this.#unit = unitRows(embeddings)
  }

  /** The word's vector scaled to length 1, [D]: a view, not a copy. */
  unitVector(id: WordId): Float32Array {
    const { dimensions } = this.embeddings
    return this.#unit.subarray(id * dimensions, (id + 1) * dimensions)
  }

  /** The k words nearest to a vector [D], nearest first. */
  nearest(query: Float32Array, k: number, options: NearestOptions = {}): Neighbour[] {
    const unit = new Float32Array(query.length)
    unitInto(query, unit, 0)
    return this.#search(unit, k, options)
  }

  /** The k other words nearest to a word, nearest first. */
  nearestTo(id: WordId, k: number, first?: number): Neighbour[] {
    return this.#search(this.unitVector(id), k, { exclude: [id], first })
  }

  /** Asked with the question; undefined while it is not worth its making. */
  #sieveOf(query: Float32Array): RowSieve | undefined {
    const { vocabulary, dimensions } = this.embeddings
    if (this.#questions++ < QUESTIONS_BEFORE_SIEVE || !RowSieve.holds(vocabulary.size, dimensions)) return undefined
    this.#sieve ??= new RowSieve(this.#unit, dimensions)
    this.#sieve.ask(query)
    return this.#sieve
  }

  #search(query: Float32Array, k: number, { exclude, first = Infinity }: NearestOptions): Neighbour[] {
    const rows = Math.min(first, this.embeddings.vocabulary.size)
    const excluded = new Set<number>(exclude)
    const heap = new NearestHeap(Math.min(k, rows))
    const sieve = this.#sieveOf(query)
    const cosines = new Float64Array(TILE_ROWS)
    let start = 0
    for (; start < rows && !(sieve && heap.threshold > -1); start += TILE_ROWS) {
      const end = Math.min(rows, start + TILE_ROWS)
      dotRows(this.#unit, query, start, end, cosines)
      for (let row = start; row < end; row++) {
        if (cosines[row - start] > heap.threshold && !excluded.has(row)) heap.add(row, cosines[row - start])
      }
    }
    for (; sieve && start < rows; start += SIEVED_ROWS) {
      const passed = sieve.pass(start, Math.min(rows, start + SIEVED_ROWS), heap.threshold)
      for (let i = 0; i < passed.length; i++) {
        const row = passed[i]
        dotRows(this.#unit, query, row, row + 1, cosines)
        if (cosines[0] > heap.threshold && !excluded.has(row)) heap.add(row, cosines[0])
      }
    }
    return heap.sorted().map(({ item, score }) => ({ id: wordId(item), similarity: Math.max(-1, Math.min(1, score)) }))
  }
}
