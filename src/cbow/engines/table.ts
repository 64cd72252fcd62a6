import type { Tensor2D } from '@tensorflow/tfjs-core'

/** A matrix [V, D] with its optimiser's slots, of which TensorFlow.js reads and moves some rows at a time. */
export interface Table {
  /** Rows by number [n], as [n, D]; zeros for NO_ROW. */
  gather(rows: Int32Array): Tensor2D
  /**
   * One step along the sum of each row's gradients.
   * @param rows [n]; a row may stand twice; NO_ROW is left out
   * @param gradients [n, D]
   * @param t the step's number, from 1
   */
  descend(rows: Int32Array, gradients: Tensor2D, learningRate: number, t: number): void
  /** Copies rows from `first` on. */
  readRows(first: number, into: Float32Array): void
  /** The matrix, [V, D]. */
  values(): Float32Array
  /** Its slots, each [V, D], in the optimiser's order. */
  slots(): readonly Float32Array[]
  dispose(): void
}
