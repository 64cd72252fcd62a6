import * as tf from '@tensorflow/tfjs-core'
import { nativeBackend } from '../../gradient/native-backend.js'
import type { CbowSettings } from '../cbow-options.js'
import { type Slots, StepCounter, slotNames } from '../optimizer.js'
import type { Matrix, Weights } from '../weight-rows.js'
import { ArrayTable } from './array-table.js'
import { ResourceTable } from './resource-table.js'
import type { Table } from './table.js'
import type { TensorTraining } from './tensor-training.js'

const MATRICES = ['input', 'output'] as const

/**
 * Training whose leaves are the rows of U that a batch reads and the sums of those of W: no gradient is ever as large as
 * a matrix. On the native backend W and U are TensorFlow's own resources; on the others they stay in JavaScript.
 */
export function rowTraining(
  { optimizer, dimensions, train }: CbowSettings,
  weights: Weights,
  slots: Slots,
): TensorTraining {
  const native = nativeBackend()
  const slotsOf = (matrix: Matrix) => slotNames(optimizer, matrix).flatMap((name) => slots.get(name) ?? [])
  const tableOf = (matrix: Matrix): Table =>
    native
      ? new ResourceTable(native, optimizer, weights[matrix], dimensions, slotsOf(matrix))
      : new ArrayTable(optimizer, weights[matrix], dimensions, slotsOf(matrix))
  const tables = { input: tableOf('input'), output: tableOf('output') }
  const steps = new StepCounter(slots)

  return {
    description: native ? "W and U as TensorFlow's resources" : 'W and U in JavaScript',
    step(batch) {
      const t = steps.next()
      return tf.tidy(() => {
        const differentiate = tf.valueAndGrads((sum: tf.Tensor, output: tf.Tensor) =>
          batch.loss(sum as tf.Tensor2D, output as tf.Tensor2D),
        )
        const rows = { input: batch.contexts, output: batch.outputs }
        const together = { input: batch.positions, output: 1 }
        const leaves = MATRICES.map((matrix) => tables[matrix].gatherSums(rows[matrix], together[matrix]))
        const { value, grads } = differentiate(leaves)
        MATRICES.forEach((matrix, m) => {
          if (!train.includes(matrix)) return
          tables[matrix].descend(rows[matrix], together[matrix], grads[m] as tf.Tensor2D, batch.learningRate, t)
        })
        return value.dataSync()[0]
      })
    },
    readRows: (matrix, first, into) => tables[matrix].readRows(first, into),
    weights: () => ({ input: tables.input.values(), output: tables.output.values() }),
    slots(): Slots {
      const now = new Map(slots)
      for (const matrix of MATRICES) {
        const values = tables[matrix].slots()
        slotNames(optimizer, matrix).forEach((name, i) => {
          if (now.has(name)) now.set(name, values[i])
        })
      }
      return now
    },
    dispose() {
      for (const table of Object.values(tables)) table.dispose()
    },
  }
}
