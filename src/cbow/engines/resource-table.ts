import * as tf from '@tensorflow/tfjs-core'
import type { NativeBackend } from '../../gradient/native-backend.js'
import { NativeMatrix } from '../../gradient/native-matrix.js'
import type { OptimizerName } from '../optimizer.js'
import { RowGrouping, type RowGroups } from './row-groups.js'
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
  readonly #grouping: RowGrouping

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
    this.#grouping = new RowGrouping(this.#words)
  }

  gatherSums(rows: Int32Array, m: number): tf.Tensor2D {
    const places = rows.map((row) => (row === NO_ROW ? this.#words : row))
    const gathered = this.#matrix.gather(tf.tensor1d(places, 'int32'))
    return m === 1 ? gathered : tf.sum(tf.reshape(gathered, [rows.length / m, m, this.dimensions]), 1)
  }

  descend(rows: Int32Array, m: number, gradients: tf.Tensor2D, learningRate: number, t: number): void {
    const groups = this.#grouping.group(rows)
    const sums = this.#sumGroups(gradients, groups, m)
    const indices = tf.tensor1d(groups.rows, 'int32')
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

  /** Sums the gradients of each group's members: [groups, D]. */
  #sumGroups(gradients: tf.Tensor2D, { rows, members, groups }: RowGroups, m: number): tf.Tensor2D {
    const { TF_ATTR_TYPE, TF_FLOAT, TF_INT32 } = this.native.binding
    const sources = m === 1 ? members : members.map((member) => Math.floor(member / m))
    const sums = this.native.executeSingleOutput(
      'SparseSegmentSum',
      [
        { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT },
        { name: 'Tidx', type: TF_ATTR_TYPE, value: TF_INT32 },
        { name: 'Tsegmentids', type: TF_ATTR_TYPE, value: TF_INT32 },
      ],
      [gradients, tf.tensor1d(sources, 'int32'), tf.tensor1d(groups, 'int32')],
    )
    return tf.reshape<tf.Rank.R2>(sums, [rows.length, this.dimensions])
  }
}
