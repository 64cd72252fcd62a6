import { instantiate } from './instantiate.js'
import { wasmFunction } from './wasm-function.js'

/** Rows that are taken forward and backward before the next ones: they stay in the processor's first cache. */
const TILE_BYTES = 25_600
const TILE_ROWS = 64
/** Tiles that are copied in at once: they stay in its second cache. */
const BLOCK_TILES = 16
/** Vectors taken together at the most. */
export const MOST_EXAMPLES = 64

const FIRST_FREE = 1_024
const PAGE = 65_536

/**
 * Logits z = U h + b, U [K, D], of at most 64 vectors h at once, and what their softmax needs of U's rows, in one pass
 * over U by WebAssembly, four float32 at a time. U is copied in block by block, so that it may lie anywhere and change
 * between calls.
 *
 * A logit is off by at most (D / 4 + 5) 2^-24 of sum |u_d h_d|, an exp by 2e-7; weighted rows are summed in float32 over at
 * most 64 at a time, these sums in float64. What is computed for a vector does not depend on the others.
 */
export class SoftmaxRows {
  /** Rows of a block. */
  readonly blockRows: number
  /** D, and what makes it a multiple of 4. */
  readonly width: number
  /** [B, D]: the vectors h. They are rounded to float32. In the kernel's memory, as all that follows. */
  readonly vectors: Float64Array
  /** [B]: the highest logit of a rival in the present block. */
  readonly tops: Float32Array
  /** [B]: m, the highest logit of a rival. */
  readonly highest: Float32Array
  /** [B]: the sum of exp(z_t - m) over the rivals t. */
  readonly total: Float64Array
  /** [B, width]: the sum of exp(z_t - m) u_t over the rivals t. */
  readonly sums: Float64Array
  readonly #rounded: Float32Array
  readonly #labels: Int32Array
  readonly #block: Float32Array
  readonly #bias: Float32Array
  readonly #logits: Float32Array
  readonly #scratch: Float32Array
  readonly #tile: number
  readonly #narrow: (...args: number[]) => void
  readonly #read: (...args: number[]) => void
  readonly #addWeighted: (...args: number[]) => void
  #count = 0
  #rows = 0
  #padded = 0

  /** @param dimensions D */
  constructor(readonly dimensions: number) {
    const B = MOST_EXAMPLES
    const row = 4 * dimensions
    this.width = Math.ceil(dimensions / 4) * 4
    this.#tile = Math.max(4, Math.min(TILE_ROWS, TILE_BYTES / row) & ~3)
    this.blockRows = BLOCK_TILES * this.#tile
    const { blockRows, width } = this
    // The last row is read by fours, too.
    const sizes = [B * width, B, (blockRows + 1) * width, blockRows, B * blockRows, 4 * (width + TILE_ROWS), B, B]
    const doubles = B * (1 + width + dimensions)
    const pages = Math.ceil((FIRST_FREE + 8 * doubles + 4 * sizes.reduce((a, b) => a + b)) / PAGE)
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
    this.total = new Float64Array(memory.buffer, FIRST_FREE, B)
    this.sums = new Float64Array(memory.buffer, FIRST_FREE + 8 * B, B * width)
    this.vectors = new Float64Array(memory.buffer, FIRST_FREE + 8 * B * (1 + width), B * dimensions)
    let at = FIRST_FREE + 8 * doubles
    const parts = sizes.map((size) => {
      const part = new Float32Array(memory.buffer, at, size)
      at += part.byteLength
      return part
    })
    const [rounded, labels, block, bias, logits, scratch, tops, highest] = parts
    this.#rounded = rounded
    this.#labels = new Int32Array(memory.buffer, labels.byteOffset, B)
    this.#block = block
    this.#bias = bias
    this.#logits = logits
    this.#scratch = scratch
    this.tops = tops
    this.highest = highest
    const exports = instantiate('softmax-rows', memory)
    this.#narrow = wasmFunction(exports, 'narrow')
    this.#read = wasmFunction(exports, 'read')
    this.#addWeighted = wasmFunction(exports, 'addWeighted')
  }

  /**
   * Begins a pass over the rows, with the `vectors` as they are now.
   * @param labels [B]: the row of each vector that is none of its rivals; -1 where all are
   */
  begin(labels: Int32Array): void {
    const B = (this.#count = labels.length)
    this.#narrow(this.vectors.byteOffset, B, this.dimensions, this.#rounded.byteOffset)
    this.#labels.set(labels)
    this.highest.fill(-Infinity, 0, B)
    this.total.fill(0, 0, B)
    this.sums.fill(0, 0, B * this.width)
  }

  /**
   * Takes the rows of a matrix [K, D] from number `from` on, at most {@link blockRows}, as the next block.
   * @param bias [K]
   * @param softmax whether `highest`, `total` and `sums` are wanted. What they hold under a lower m is scaled down, so that
   *   one pass is enough (Milakov, Gimelshein: "Online normalizer calculation for softmax", 2018)
   */
  read(matrix: Float32Array, bias: Float32Array, from: number, count: number, softmax: boolean): void {
    this.#load(matrix, from, count)
    this.#bias.set(count === bias.length ? bias : bias.subarray(from, from + count))
    this.#read(
      this.#block.byteOffset,
      this.#rows,
      this.#padded,
      this.dimensions,
      this.#tile,
      from,
      this.#rounded.byteOffset,
      this.#count,
      this.#bias.byteOffset,
      this.#logits.byteOffset,
      this.#labels.byteOffset,
      this.tops.byteOffset,
      this.highest.byteOffset,
      this.total.byteOffset,
      this.sums.byteOffset,
      this.#scratch.byteOffset,
      softmax ? 1 : 0,
    )
  }

  /** Begins sums of rows for B vectors, whatever they are. */
  beginSums(B: number): void {
    this.#count = B
    this.sums.fill(0, 0, B * this.width)
  }

  /**
   * Adds rows of a matrix [K, D] to `sums`, from number `from` on, at most {@link blockRows}.
   * @param weights [B, K]
   */
  addWeighted(matrix: Float32Array, weights: Float32Array, from: number, count: number): void {
    this.#load(matrix, from, count)
    const K = matrix.length / this.dimensions
    for (let b = 0; b < this.#count; b++) {
      const start = b * K + from
      copy(weights, start, start + count, this.#logits, b * this.#padded)
    }
    this.#addWeighted(
      this.#block.byteOffset,
      this.#rows,
      this.#padded,
      this.dimensions,
      this.#tile,
      this.#logits.byteOffset,
      this.#count,
      this.sums.byteOffset,
      this.#scratch.byteOffset,
    )
  }

  #load(matrix: Float32Array, from: number, count: number): void {
    const D = this.dimensions
    this.#rows = count
    this.#padded = Math.ceil(count / 4) * 4
    this.#block.set(matrix.length === count * D ? matrix : matrix.subarray(from * D, (from + count) * D))
    this.#block.fill(0, count * D, this.#padded * D)
  }

  /** Copies the present block's logits of vector `b` to where `at` is in `into`. */
  copyLogits(b: number, into: Float32Array, at: number): void {
    const start = b * this.#padded
    copy(this.#logits, start, start + this.#rows, into, at)
  }
}

/** So few numbers are copied faster one by one. */
const FEW = 32

function copy(from: Float32Array, start: number, end: number, into: Float32Array, at: number): void {
  if (end - start > FEW) into.set(from.subarray(start, end), at)
  else for (let i = start; i < end; i++) into[at + i - start] = from[i]
}
