import type { Tensor2D } from '@tensorflow/tfjs-core'

/** A matrix [V, D] with its optimiser's slots, of which TensorFlow.js reads and moves some rows at a time. */
export interface Table {
  /**
   * Sums of rows, [n / m, D].
   * @param rows [n], by number; NO_ROW counts as zeros
   * @param m how many rows make a sum
   */
  gatherSums(rows: Int32Array, m: number): Tensor2D
  /**
   * One step along the sum of each row's gradients, those of the sums that it is in.
   * @param rows [n]; a row may stand twice; NO_ROW is left out
   * @param gradients [n / m, D]
   * @param t the step's number, from 1
   */
  descend(rows: Int32Array, m: number, gradients: Tensor2D, learningRate: number, t: number): void
  /** Copies rows from `first` on. */
  readRows(first: number, into: Float32Array): void
  /** The matrix, [V, D]. */
  values(): Float32Array
  /** Its slots, each [V, D], in the optimiser's order. */
  slots(): readonly Float32Array[]
  dispose(): void
}
