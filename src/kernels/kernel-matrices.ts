import { LINE, PER_LINE } from './kernel-layout.js'

/** Puts a matrix [V, D] into the kernel's memory, at the layout's `input` or `output`. */
export function putMatrix(
  memory: WebAssembly.Memory,
  at: number,
  row: number,
  matrix: Float32Array,
  dimensions: number,
) {
  const values = new Float32Array(memory.buffer, at, (matrix.length / dimensions) * (row / 4))
  forEachLine(matrix.length / dimensions, dimensions, row, (from, to, length) => {
    for (let i = 0; i < length; i++) values[to + i] = matrix[from + i]
  })
}

/** A copy [V, D] of a matrix in the kernel's memory, without its padding. */
export function takeMatrix(memory: WebAssembly.Memory, at: number, row: number, words: number, dimensions: number) {
  const values = new Float32Array(memory.buffer, at, words * (row / 4))
  const matrix = new Float32Array(words * dimensions)
  forEachLine(words, dimensions, row, (from, to, length) => {
    for (let i = 0; i < length; i++) matrix[from + i] = values[to + i]
  })
  return matrix
}

/**
 * The same without a copy: rows are moved together where they lie, and the kernel may not be called any more.
 * @returns [V, D], in the kernel's shared memory
 */
export function packMatrix(memory: WebAssembly.Memory, at: number, row: number, words: number, dimensions: number) {
  const values = new Float32Array(memory.buffer, at, words * (row / 4))
  // In ascending order, and nothing moves up: no number is overwritten before it is moved.
  forEachLine(words, dimensions, row, (to, from, length) => {
    for (let i = 0; i < length; i++) values[to + i] = values[from + i]
  })
  return values.subarray(0, words * dimensions)
}

/** Calls back with each line of each row: where it begins in a plain matrix and in the kernel's, and its numbers. */
function forEachLine(
  words: number,
  dimensions: number,
  row: number,
  line: (plain: number, padded: number, length: number) => void,
): void {
  for (let word = 0; word < words; word++) {
    for (let d = 0, to = word * (row / 4); d < dimensions; d += PER_LINE, to += LINE) {
      line(word * dimensions + d, to, Math.min(PER_LINE, dimensions - d))
    }
  }
}
