import { readFileSync } from 'node:fs'

/** Bytes of the matrix that lie in the kernel's memory at once: they stay in the processor's first caches. */
const BLOCK_BYTES = 32_768
/** Vectors taken together at the most. */
export const MOST_VECTORS = 64

const FIRST_FREE = 1_024
const PAGE = 65_536

let compiled: WebAssembly.Module | undefined

/**
 * Products of a float32 matrix [K, D] with vectors [B, D] of float64, forward (vectors · rows) and backward (weighted
 * sums of rows), summed in float64, by WebAssembly. The matrix is copied in block by block, so that it may lie anywhere
 * and change between calls, and is read from main memory once for both ways and all B. A sum does not depend on B.
 */
export class RowProducts {
  /** Rows of a block. */
  readonly blockRows: number
  /** [B, D], in the kernel's memory. */
  readonly vectors: Float64Array
  /** [B, R]: products of the vectors with the block's rows; or weights of those rows. R is the rows of the present block. */
  readonly products: Float64Array
  /** [B, D]: weighted sums of rows. */
  readonly sums: Float64Array
  readonly #block: Float32Array
  readonly #exports: WebAssembly.Exports
  #rows = 0

  /** @param dimensions D */
  constructor(readonly dimensions: number) {
    this.blockRows = Math.max(4, (BLOCK_BYTES / (4 * dimensions)) & ~3)
    const sizes = [MOST_VECTORS * dimensions, MOST_VECTORS * this.blockRows, MOST_VECTORS * dimensions]
    const blockBytes = Math.ceil((this.blockRows * dimensions * 4) / 64) * 64
    const bytes = FIRST_FREE + blockBytes + 8 * sizes.reduce((a, b) => a + b)
    const pages = Math.ceil(bytes / PAGE)
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
    this.#block = new Float32Array(memory.buffer, FIRST_FREE, this.blockRows * dimensions)
    let at = FIRST_FREE + blockBytes
    const [vectors, products, sums] = sizes.map((size) => {
      const part = new Float64Array(memory.buffer, at, size)
      at += part.byteLength
      return part
    })
    this.vectors = vectors
    this.products = products
    this.sums = sums
    compiled ??= new WebAssembly.Module(readFileSync(new URL('./row-products.wasm', import.meta.url)))
    this.#exports = new WebAssembly.Instance(compiled, { env: { memory } }).exports
  }

  /** Takes rows [R, D] of a matrix as the present block, at most {@link blockRows}. */
  load(rows: Float32Array): void {
    this.#block.set(rows)
    this.#rows = rows.length / this.dimensions
  }

  /** products [B, R] = vectors · rows^T of the present block. */
  multiply(B: number): void {
    this.#call('multiply', this.vectors, B, this.products)
  }

  /** sums [B, D] += products · rows of the present block, the products taken as weights. */
  addWeighted(B: number): void {
    this.#call('addWeighted', this.products, B, this.sums)
  }

  #call(name: 'multiply' | 'addWeighted', left: Float64Array, B: number, into: Float64Array): void {
    const call = this.#exports[name]
    if (typeof call !== 'function') throw new Error(`row-products.wasm exports no ${name}`)
    call(this.#block.byteOffset, this.#rows, this.dimensions, left.byteOffset, B, into.byteOffset)
  }
}
