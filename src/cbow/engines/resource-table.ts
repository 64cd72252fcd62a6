import * as tf from '@tensorflow/tfjs-core'
import type { NativeBackend } from '../../gradient/native-backend.js'
import { NativeMatrix } from '../../gradient/native-matrix.js'
import type { OptimizerName } from '../optimizer.js'
import type { Table } from './table.js'
import { NO_ROW } from './tensor-batch.js'
import { tensorUpdate } from './tensor-update.js'

/**
 * A table in TensorFlow's own memory (the GPU's, where it computes there). The gradients of a row that was read several
 * times are summed first: that is what Adagrad and Adam need, and a scatter of rows that are all different gives the
 * same bytes each time.
 */
export class ResourceTable implements Table {
  readonly #words: number
  /** One row more, of zeros, stands for NO_ROW; nothing is ever taken from it. */
  readonly #matrix: NativeMatrix
  readonly #slots: readonly NativeMatrix[]
  /** [V], of scratch: where a row stands among the distinct ones of a step. */
  readonly #places: Int32Array

  /** @param matrix [V, D]; copied, as its slots are */
  constructor(
    readonly native: NativeBackend,
    readonly optimizer: OptimizerName,
    matrix: Float32Array,
    readonly dimensions: number,
    slots: readonly Float32Array[],
  ) {
    this.#words = matrix.length / dimensions
    const padded = new Float32Array(matrix.length + dimensions)
    padded.set(matrix)
    this.#matrix = new NativeMatrix(native, padded, dimensions)
    this.#slots = slots.map((values) => new NativeMatrix(native, values, dimensions))
    this.#places = new Int32Array(this.#words).fill(-1)
  }

  gather(rows: Int32Array): tf.Tensor2D {
    const places = rows.map((row) => (row === NO_ROW ? this.#words : row))
    return this.#matrix.gather(tf.tensor1d(places, 'int32'))
  }

  descend(rows: Int32Array, gradients: tf.Tensor2D, learningRate: number, t: number): void {
    const { distinct, places } = this.#distinct(rows)
    const sums = this.#sumBySegment(gradients, places, distinct.length)
    const indices = tf.tensor1d(distinct, 'int32')
    const before = this.#slots.map((slot) => slot.gather(indices))
    const { step, slots } = tensorUpdate(this.optimizer, sums, before, learningRate, t)
    this.#matrix.subtract(indices, step)
    slots.forEach((values, i) => {
      this.#slots[i].replace(indices, values)
    })
  }

  readRows(first: number, into: Float32Array): void {
    into.set(this.#matrix.read(first, into.length / this.dimensions))
  }

  values(): Float32Array {
    return this.#matrix.read(0, this.#words)
  }

  slots(): readonly Float32Array[] {
    return this.#slots.map((slot) => slot.read())
  }

  dispose(): void {
    for (const matrix of [this.#matrix, ...this.#slots]) matrix.dispose()
  }

  /** The rows that occur, in the order of their first occurrence, and the place of each row [n] among them. */
  #distinct(rows: Int32Array): { distinct: Int32Array; places: Int32Array } {
    const distinct: number[] = []
    const places = rows.map((row) => {
      if (row === NO_ROW) return -1
      if (this.#places[row] < 0) this.#places[row] = distinct.push(row) - 1
      return this.#places[row]
    })
    for (const row of distinct) this.#places[row] = -1
    return { distinct: Int32Array.from(distinct), places }
  }

  /** Sums [n, D] to [segments, D]; a segment of -1 is left out. (tf.unsortedSegmentSum first reads its ids back.) */
  #sumBySegment(values: tf.Tensor2D, segments: Int32Array, count: number): tf.Tensor2D {
    const { TF_ATTR_TYPE, TF_FLOAT, TF_INT32 } = this.native.binding
    const sums = this.native.executeSingleOutput(
      'UnsortedSegmentSum',
      [
        { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT },
        { name: 'Tindices', type: TF_ATTR_TYPE, value: TF_INT32 },
        { name: 'Tnumsegments', type: TF_ATTR_TYPE, value: TF_INT32 },
      ],
      [values, tf.tensor1d(segments, 'int32'), tf.scalar(count, 'int32')],
    )
    return tf.reshape<tf.Rank.R2>(sums, [count, values.shape[1]])
  }
}
