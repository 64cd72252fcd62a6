import * as tf from '@tensorflow/tfjs-core'
import type { NativeAttribute, NativeBackend } from './native-backend.js'

/** The name by which TensorFlow makes a resource that nobody else can find. */
const ANONYMOUS = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347'

/**
 * A matrix of float32 that stays in TensorFlow as a resource variable: rows of it are read and changed where they lie,
 * by TensorFlow's own operations. A `tf.Variable` can only be replaced whole. Its methods are for the native backend
 * being in use.
 */
export class NativeMatrix {
  readonly #native: NativeBackend
  readonly #handle: tf.Tensor
  readonly #rows: number
  readonly #columns: number

  /** @param values [rows, columns] */
  constructor(native: NativeBackend, values: Float32Array, columns: number) {
    this.#native = native
    this.#rows = values.length / columns
    this.#columns = columns
    const { TF_ATTR_SHAPE, TF_ATTR_STRING } = native.binding
    this.#handle = tf.keep(
      native.executeSingleOutput(
        'VarHandleOp',
        [
          this.#float('dtype'),
          { name: 'shape', type: TF_ATTR_SHAPE, value: [this.#rows, columns] },
          { name: 'shared_name', type: TF_ATTR_STRING, value: ANONYMOUS },
          { name: 'container', type: TF_ATTR_STRING, value: '' },
        ],
        [],
      ),
    )
    tf.tidy(() => {
      const whole = tf.tensor2d(values, [this.#rows, columns])
      native.executeMultipleOutputs('AssignVariableOp', [this.#float('dtype')], [this.#handle, whole], 0)
    })
  }

  /** Rows by number [n], each within the matrix, as [n, columns]. */
  gather(rows: tf.Tensor1D): tf.Tensor2D {
    const gathered = this.#native.executeSingleOutput('ResourceGather', this.#indexed(), [this.#handle, rows])
    return tf.reshape<tf.Rank.R2>(gathered, [rows.size, this.#columns])
  }

  /** Takes [n, columns] from rows [n]. Where one stands twice, the order of the subtractions is not fixed. */
  subtract(rows: tf.Tensor1D, values: tf.Tensor2D): void {
    this.#native.executeMultipleOutputs('ResourceScatterSub', this.#indexed(), [this.#handle, rows, values], 0)
  }

  /** Puts [n, columns] in the place of rows [n]. */
  replace(rows: tf.Tensor1D, values: tf.Tensor2D): void {
    this.#native.executeMultipleOutputs('ResourceScatterUpdate', this.#indexed(), [this.#handle, rows, values], 0)
  }

  /** A copy of `count` rows from `first` on. */
  read(first = 0, count = this.#rows): Float32Array {
    let values: Float32Array = new Float32Array()
    tf.tidy(() => {
      values = this.gather(tf.range(first, first + count, 1, 'int32')).dataSync<'float32'>()
    })
    return values
  }

  /** Frees it. */
  dispose(): void {
    this.#native.executeMultipleOutputs('DestroyResourceOp', [], [this.#handle], 0)
    this.#handle.dispose()
  }

  #float(name: string): NativeAttribute {
    return { name, type: this.#native.binding.TF_ATTR_TYPE, value: this.#native.binding.TF_FLOAT }
  }

  #indexed(): NativeAttribute[] {
    const { TF_ATTR_TYPE, TF_INT32 } = this.#native.binding
    return [this.#float('dtype'), { name: 'Tindices', type: TF_ATTR_TYPE, value: TF_INT32 }]
  }
}
