import { isUtf8 } from 'node:buffer'
import { UserError } from '../../base/errors.js'
import { memoryLack, memoryOfMachine } from '../../base/memory.js'
import type { Progress } from '../../base/progress.js'
import { Vocabulary } from '../../text/vocabulary.js'
import { Embeddings } from '../embeddings.js'

/** More than any embeddings have: a larger number in a header is damage or malice. */
const MOST_DIMENSIONS = 100_000

/** The rows of a file of vectors as they are read. What a header claims reserves no memory: rows that are there do. */
export class VectorCollector {
  readonly #words: string[] = []
  readonly #seen = new Set<string>()
  #vectors: Float32Array
  #rows = 0

  /**
   * @param dimensions D
   * @param limit how many rows are wanted at most
   * @param expectedRows room made for so many from the start, by what the file's size allows; it grows where needed
   * @throws UserError when D is none that embeddings can have, or so many rows are beyond the machine's memory
   */
  constructor(
    readonly path: string,
    readonly dimensions: number,
    readonly limit: number,
    expectedRows: number,
  ) {
    if (dimensions < 1 || dimensions > MOST_DIMENSIONS) {
      throw new UserError(`${path}: vectors of ${dimensions} dimensions; these are no word vectors`)
    }
    this.#vectors = this.#allocate(Math.min(limit, Math.max(1, Math.ceil(expectedRows))))
  }

  /** Rows read so far, those dropped counted. */
  get rows(): number {
    return this.#rows
  }

  get full(): boolean {
    return this.#rows >= this.limit
  }

  /** Where the next row's values belong, [D]: a view that is good until the next call. */
  nextRow(): Float32Array {
    const start = this.#words.length * this.dimensions
    const end = start + this.dimensions
    if (end > this.#vectors.length) {
      const larger = this.#allocate(Math.min(this.limit, 2 * this.#words.length + 1))
      larger.set(this.#vectors)
      this.#vectors = larger
    }
    return this.#vectors.subarray(start, end)
  }

  /**
   * Accepts the row whose values stand in {@link nextRow}. A word that came before is dropped: the first counts, as
   * with gensim.
   * @throws UserError when the word is empty or not UTF-8, or a value is not finite
   */
  accept(word: Uint8Array): void {
    for (const value of this.nextRow()) {
      if (!Number.isFinite(value)) throw this.fail(`the value ${value} is not finite`)
    }
    if (word.length === 0) throw this.fail('there is no word')
    if (!isUtf8(word)) throw this.fail('its word is not UTF-8; convert the file to UTF-8')
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(word)
    this.#rows++
    if (this.#seen.has(text)) return
    this.#seen.add(text)
    this.#words.push(text)
  }

  /** An error that names the row being read, counted from 1 without a header. */
  fail(why: string): UserError {
    return new UserError(`${this.path} row ${this.#rows + 1}: ${why}`)
  }

  /**
   * The embeddings. Files of vectors hold no counts: all are 0.
   * @throws UserError when there is no row
   */
  finish(progress?: Progress): Embeddings {
    const { dimensions } = this
    if (this.#words.length === 0) throw new UserError(`${this.path}: holds no words`)
    const dropped = this.#rows - this.#words.length
    if (dropped > 0)
      progress?.note(`${this.path}: words stand there more than once; the first row of each counts, ${dropped} dropped`)
    const length = this.#words.length * dimensions
    const vectors = this.#vectors.length === length ? this.#vectors : this.#vectors.slice(0, length)
    return new Embeddings(new Vocabulary(this.#words, new Float64Array(this.#words.length)), vectors, dimensions)
  }

  #allocate(rows: number): Float32Array {
    const needed = rows * this.dimensions * Float32Array.BYTES_PER_ELEMENT
    const available = memoryOfMachine()
    if (needed > available) throw this.#doNotFit(rows, needed, available)
    try {
      return new Float32Array(rows * this.dimensions)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw this.#doNotFit(rows, needed, available, error)
    }
  }

  #doNotFit(rows: number, needed: number, available: number, cause?: unknown): UserError {
    const lack = memoryLack(needed, available)
    const shape = `${rows} words of ${this.dimensions} dimensions`
    return new UserError(`${this.path}: ${shape} ${lack}; read the first words with --limit`, { cause })
  }
}
