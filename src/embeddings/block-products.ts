import { rowProducts } from '../kernels/row-products.js'
import type { Embeddings } from './embeddings.js'
import { wordProducts } from './word-products.js'

/** For so many directions at a time vectors are copied to where WebAssembly multiplies them. */
const WORTH_COPYING = 4

/** Words multiplied where they are before the bounds are looked at again. */
const ROWS_IN_PLACE = 16

/** Multiplies some directions with words of a list that stand one after the other. */
export interface BlockProducts {
  /** Words at a time, at most. */
  readonly rows: number
  /** [B, rows]. */
  readonly products: Float64Array
  multiply(from: number, rows: number): void
}

/**
 * Products of directions with the words of a list, block by block, summed in float64: one by one where the vectors are, or
 * many directions at once by WebAssembly, where dimensions are summed in another order. For one search at a time: the next
 * call may take the same memory.
 * @param directions at most as many as the kernel takes together
 */
export function blockProducts(
  embeddings: Embeddings,
  words: Int32Array,
  directions: readonly Float64Array[],
): BlockProducts {
  const multiplied = directions.length < WORTH_COPYING ? inPlace : copied
  return multiplied(embeddings, words, directions)
}

function inPlace(embeddings: Embeddings, words: Int32Array, directions: readonly Float64Array[]): BlockProducts {
  const products = new Float64Array(directions.length * ROWS_IN_PLACE)
  return {
    rows: ROWS_IN_PLACE,
    products,
    multiply(from, rows) {
      for (let b = 0; b < directions.length; b++) {
        const own = b === 0 ? products : products.subarray(b * rows)
        wordProducts(embeddings, directions[b], words, from, from + rows, own)
      }
    },
  }
}

function copied(embeddings: Embeddings, words: Int32Array, directions: readonly Float64Array[]): BlockProducts {
  const { vectors, dimensions: D } = embeddings
  const kernel = rowProducts(D)
  for (const [b, direction] of directions.entries()) kernel.vectors.set(direction, b * D)
  const block = new Float32Array(kernel.blockRows * D)
  return {
    rows: kernel.blockRows,
    products: kernel.products,
    multiply(from, rows) {
      for (let i = 0; i < rows; i++) {
        const at = words[from + i] * D
        block.set(vectors.subarray(at, at + D), i * D)
      }
      kernel.load(block, 0, rows)
      kernel.multiply(directions.length)
    },
  }
}
