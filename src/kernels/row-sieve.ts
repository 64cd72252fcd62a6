import { instantiate } from './instantiate.js'
import { wasmNumberFunction } from './wasm-function.js'

const FIRST_FREE = 1_024
const PAGE = 65_536
/** Rows of a call at the most: their numbers may all be given. */
const CALL_ROWS = 1_024
/** What a number of a row of length 1 is multiplied by. */
const SCALE = 32_767
const SMALLEST = -(2 ** 31)
/** WebAssembly's addresses have 32 bits. */
const LARGEST_MEMORY = 2 ** 32

/**
 * Rows [V, D] of length 1 (or 0) as int16, by which most of them are ruled out: half the bytes of float32, and eight
 * products to an instruction. What passes is to be computed exactly by the caller. By WebAssembly.
 */
export class RowSieve {
  /**
   * How far a product of two rows, of length at most 1 + 1e-6, may be from the product of their roundings: each number
   * is off by half a unit at the most, |x|_1 + |y|_1 <= 2 sqrt(D).
   */
  readonly error: number
  readonly #bytes: number
  readonly #query: Int16Array
  readonly #passed: Int32Array
  readonly #rowsAt: number
  readonly #sieve: (...args: number[]) => number

  /** @param rows [V, D], each of length 1 or 0; as many as it {@link holds} */
  constructor(rows: Float32Array, dimensions: number) {
    const words = rows.length / dimensions
    const { lanes, passedAt, rowsAt, bytes } = layoutOf(words, dimensions)
    this.#bytes = 2 * lanes
    this.#rowsAt = rowsAt
    this.error = (1.00001 * Math.sqrt(dimensions)) / SCALE + dimensions / (4 * SCALE ** 2) + 1e-9
    const pages = Math.ceil(bytes / PAGE)
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
    this.#query = new Int16Array(memory.buffer, FIRST_FREE, lanes)
    this.#passed = new Int32Array(memory.buffer, passedAt, CALL_ROWS)
    const rounded = new Int16Array(memory.buffer, rowsAt, words * lanes)
    for (let row = 0, from = 0, to = 0; row < words; row++, to += lanes) {
      for (let d = 0; d < dimensions; d++) rounded[to + d] = Math.round(SCALE * rows[from++])
    }
    this.#sieve = wasmNumberFunction(instantiate('row-sieve', memory), 'sieve')
  }

  /** Whether V rows of D fit into WebAssembly's memory. */
  static holds(words: number, dimensions: number): boolean {
    return layoutOf(words, dimensions).bytes <= LARGEST_MEMORY
  }

  /** The vector [D], of length 1 or 0, that the next rows are multiplied with. */
  ask(vector: Float32Array): void {
    for (let d = 0; d < vector.length; d++) this.#query[d] = Math.round(SCALE * vector[d])
  }

  /**
   * The numbers of all rows from `start` to `end` - 1 whose product with the vector may be `least` or more, and of a few
   * others: good until the next call. `end` - `start` is at most 1,024, `start` a multiple of 4.
   */
  pass(start: number, end: number, least: number): Int32Array {
    const threshold = Math.max(SMALLEST, Math.floor((least - this.error) * SCALE ** 2))
    const rows = Math.ceil((end - start) / 4) * 4
    const from = this.#rowsAt + start * this.#bytes
    const [query, passed] = [this.#query.byteOffset, this.#passed.byteOffset]
    let count = this.#sieve(from, this.#bytes, rows, query, threshold, start, passed)
    // Rows come by fours.
    while (count > 0 && this.#passed[count - 1] >= end) count--
    return this.#passed.subarray(0, count)
  }
}

function layoutOf(words: number, dimensions: number) {
  const lanes = Math.ceil(dimensions / 8) * 8
  const passedAt = FIRST_FREE + Math.ceil((2 * lanes) / 64) * 64
  const rowsAt = passedAt + 4 * CALL_ROWS
  return { lanes, passedAt, rowsAt, bytes: rowsAt + 2 * lanes * Math.ceil(words / 4) * 4 }
}
