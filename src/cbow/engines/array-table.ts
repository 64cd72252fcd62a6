import * as tf from '@tensorflow/tfjs-core'
import { RowSums } from '../../kernels/cbow-reference.js'
import type { OptimizerName } from '../optimizer.js'
import { descendRows } from '../row-optimizer.js'
import type { Table } from './table.js'
import { NO_ROW } from './tensor-batch.js'

/**
 * A table in JavaScript, for backends without operations on rows: on wasm the gradient of a gather is missing, on cpu it
 * takes seconds. So rows are copied to a tensor, and their gradients are summed here.
 */
export class ArrayTable implements Table {
  readonly #sums: RowSums

  /**
   * @param matrix [V, D]; trained in place, and its slots with it
   */
  constructor(
    readonly optimizer: OptimizerName,
    readonly matrix: Float32Array,
    readonly dimensions: number,
    readonly slotValues: readonly Float32Array[],
  ) {
    this.#sums = new RowSums(matrix.length / dimensions, dimensions)
  }

  gatherSums(rows: Int32Array, m: number): tf.Tensor2D {
    const { dimensions, matrix } = this
    const sums = new Float32Array((rows.length / m) * dimensions)
    rows.forEach((row, n) => {
      if (row === NO_ROW) return
      const [from, to] = [row * dimensions, Math.floor(n / m) * dimensions]
      for (let d = 0; d < dimensions; d++) sums[to + d] += matrix[from + d]
    })
    return tf.tensor2d(sums, [rows.length / m, dimensions])
  }

  descend(rows: Int32Array, m: number, gradients: tf.Tensor2D, learningRate: number, t: number): void {
    const values = gradients.dataSync<'float32'>()
    rows.forEach((row, n) => {
      if (row !== NO_ROW) this.#sums.add(row, 1, values, Math.floor(n / m) * this.dimensions)
    })
    descendRows(this.optimizer, this.matrix, this.#sums, this.slotValues, learningRate, t)
  }

  readRows(first: number, into: Float32Array): void {
    const at = first * this.dimensions
    into.set(this.matrix.subarray(at, at + into.length))
  }

  values(): Float32Array {
    return this.matrix
  }

  slots(): readonly Float32Array[] {
    return this.slotValues
  }

  dispose(): void {}
}
