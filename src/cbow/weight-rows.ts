/** W, the input embeddings, or U, the output embeddings; each [V, D]. */
export type Matrix = 'input' | 'output'

/** W and U whole, each [V, D]. */
export interface Weights {
  readonly input: Float32Array
  readonly output: Float32Array
}

/** What rows of W and U can be read from: a training engine, a checkpoint, the draws that training begins with. */
export interface WeightRows {
  /**
   * Copies rows.
   * @param first the number of the first row
   * @param into [n D], filled
   */
  readRows(matrix: Matrix, first: number, into: Float32Array): void | Promise<void>
}

export interface WeightShape {
  /** V. */
  readonly words: number
  /** D. */
  readonly dimensions: number
}

/** Values of a block. Large models are checked, hashed and written by blocks, so that they never lie in memory twice. */
const BLOCK_VALUES = 1 << 18

/** The rows of a matrix in order, some at a time; a block is good until the next is asked for. */
export async function* blocksOf(
  rows: WeightRows,
  matrix: Matrix,
  { words, dimensions }: WeightShape,
): AsyncGenerator<{ first: number; values: Float32Array }> {
  const perBlock = Math.max(1, Math.floor(BLOCK_VALUES / dimensions))
  const buffer = new Float32Array(Math.min(words, perBlock) * dimensions)
  for (let first = 0; first < words; first += perBlock) {
    const values = buffer.subarray(0, Math.min(perBlock, words - first) * dimensions)
    await rows.readRows(matrix, first, values)
    yield { first, values }
  }
}

/** Copies all rows. */
export async function wholeWeights(rows: WeightRows, { words, dimensions }: WeightShape): Promise<Weights> {
  const input = new Float32Array(words * dimensions)
  await rows.readRows('input', 0, input)
  const output = new Float32Array(words * dimensions)
  await rows.readRows('output', 0, output)
  return { input, output }
}

/** The rows of matrices in memory. */
export function rowsOf(weights: Weights, dimensions: number) {
  return {
    readRows(matrix: Matrix, first: number, into: Float32Array): void {
      into.set(weights[matrix].subarray(first * dimensions, first * dimensions + into.length))
    },
  }
}
