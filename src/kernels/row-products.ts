import { instantiate } from './instantiate.js'
import { wasmFunction } from './wasm-function.js'

/** Bytes of the matrix that lie in the kernel's memory at once: they stay in the processor's first caches. */
const BLOCK_BYTES = 32_768
/** Vectors taken together at the most. */
export const MOST_VECTORS = 64

const FIRST_FREE = 1_024
const PAGE = 65_536

/**
 * Products of the rows of a float32 matrix [K, D] with vectors [B, D] of float64, summed in float64, by WebAssembly. The
 * matrix is copied in block by block, so that it may lie anywhere and change between calls, and is read from main memory
 * once for all B. A sum does not depend on B.
 */
export class RowProducts {
  /** Rows of a block. */
  readonly blockRows: number
  /** [B, D], in the kernel's memory, as all that follows. */
  readonly vectors: Float64Array
  /** [B, R]: products of the vectors with the block's rows. R is the rows of the present block. */
  readonly products: Float64Array
  readonly #block: Float32Array
  readonly #multiply: (...args: number[]) => void
  #rows = 0

  /** @param dimensions D */
  constructor(readonly dimensions: number) {
    const B = MOST_VECTORS
    this.blockRows = Math.max(4, (BLOCK_BYTES / (4 * dimensions)) & ~3)
    const sizes = [B * dimensions, B * this.blockRows]
    const block = 4 * this.blockRows * dimensions
    const bytes = FIRST_FREE + block + 8 * sizes.reduce((a, b) => a + b)
    const pages = Math.ceil(bytes / PAGE)
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
    let at = FIRST_FREE
    const parts = sizes.map((size) => {
      const part = new Float64Array(memory.buffer, at, size)
      at += part.byteLength
      return part
    })
    ;[this.vectors, this.products] = parts
    this.#block = new Float32Array(memory.buffer, at, this.blockRows * dimensions)
    this.#multiply = wasmFunction(instantiate('row-products', memory), 'multiply')
  }

  /** Takes `count` rows of a matrix from row `from` on as the present block, at most {@link blockRows}. */
  load(matrix: Float32Array, from: number, count: number): void {
    const D = this.dimensions
    this.#block.set(matrix.length === count * D ? matrix : matrix.subarray(from * D, (from + count) * D))
    this.#rows = count
  }

  /** products [B, R] = vectors · rows^T of the present block. */
  multiply(B: number): void {
    const { vectors, products, dimensions } = this
    this.#multiply(this.#block.byteOffset, this.#rows, dimensions, vectors.byteOffset, B, products.byteOffset)
  }
}

let kept: RowProducts | undefined

/**
 * The kernel for D dimensions. The last one is kept, since its memory costs more than many a product: what lies in it is
 * the caller's only until somebody else asks.
 */
export function rowProducts(dimensions: number): RowProducts {
  if (kept?.dimensions !== dimensions) kept = new RowProducts(dimensions)
  return kept
}
