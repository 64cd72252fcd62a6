import * as tf from '@tensorflow/tfjs-core'
import { nativeBackend } from '../../gradient/native-backend.js'
import type { CbowSettings } from '../cbow-options.js'
import { type Slots, StepCounter, slotNames } from '../optimizer.js'
import type { Weights } from '../weight-rows.js'
import { DenseOptimizer } from './dense-optimizer.js'
import { NO_ROW } from './tensor-batch.js'
import type { TensorTraining } from './tensor-training.js'

/**
 * Training as TensorFlow.js does it by itself: W and U are variables, a gradient is as large as its matrix, and each
 * step of Adam moves every row.
 */
export function denseTraining(
  { optimizer: name, dimensions, train }: CbowSettings,
  weights: Weights,
  slots: Slots,
): TensorTraining {
  const variableOf = (values: Float32Array, learns: boolean) =>
    tf.tidy(() => tf.variable(tf.tensor2d(values, [values.length / dimensions, dimensions]), learns))
  const matrices = { input: variableOf(weights.input, true), output: variableOf(weights.output, true) }
  const slotVariables = new Map<string, tf.Variable>()
  const learning = train.map((matrix) => ({
    variable: matrices[matrix],
    slots: slotNames(name, matrix).map((slot) => {
      const variable = variableOf(slots.get(slot)!, false)
      slotVariables.set(slot, variable)
      return variable
    }),
  }))
  const steps = new StepCounter(slots)
  const optimizer = new DenseOptimizer(name, learning, () => steps.next())
  const variables = learning.map(({ variable }) => variable)
  const valuesOf = (variable: tf.Variable) => variable.dataSync<'float32'>().slice()

  return {
    description: 'W and U as variables, with gradients of all their rows',
    step(batch) {
      optimizer.learningRate = batch.learningRate
      return tf.tidy(() => {
        const { value, grads } = optimizer.computeGradients(() => {
          const context = gather(matrices.input, batch.contexts)
          const sum = tf.sum<tf.Tensor2D>(tf.reshape(context, [-1, batch.positions, dimensions]), 1)
          return batch.loss(sum, gather(matrices.output, batch.outputs))
        }, variables)
        optimizer.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })))
        return value.dataSync()[0]
      })
    },
    readRows(matrix, first, into) {
      tf.tidy(() => {
        const rows = tf.slice(matrices[matrix], [first, 0], [into.length / dimensions, dimensions])
        into.set(rows.dataSync<'float32'>())
      })
    },
    weights: () => ({ input: valuesOf(matrices.input), output: valuesOf(matrices.output) }),
    slots: () =>
      new Map([...slots, ...Array.from(slotVariables, ([slot, variable]) => [slot, valuesOf(variable)] as const)]),
    dispose: () => tf.dispose([...Object.values(matrices), ...slotVariables.values()]),
  }
}

/** Rows by number [n], zeros for NO_ROW: [n, D], with a gradient as large as the matrix. */
function gather(matrix: tf.Tensor2D, rows: Int32Array): tf.Tensor2D {
  const places = tf.tensor1d(
    rows.map((row) => Math.max(row, 0)),
    'int32',
  )
  const stands = tf.tensor2d(
    Float32Array.from(rows, (row) => (row === NO_ROW ? 0 : 1)),
    [rows.length, 1],
  )
  const gathered = nativeBackend() ? tf.gather(matrix, places) : gatherHere(matrix, rows, places)
  return tf.mul<tf.Tensor2D>(gathered, stands)
}

/** A gather whose gradient is summed in JavaScript: wasm has no kernel for it, that of cpu takes seconds. */
function gatherHere(matrix: tf.Tensor2D, rows: Int32Array, places: tf.Tensor1D): tf.Tensor2D {
  const [words, dimensions] = matrix.shape
  return tf.customGrad<tf.Tensor2D>(() => ({
    value: tf.gather(matrix, places),
    gradFunc: (gradient) => {
      const values = gradient.dataSync<'float32'>()
      const sums = new Float32Array(words * dimensions)
      rows.forEach((row, n) => {
        if (row === NO_ROW) return
        for (let d = 0; d < dimensions; d++) sums[row * dimensions + d] += values[n * dimensions + d]
      })
      return tf.tensor2d(sums, [words, dimensions])
    },
  }))(matrix)
}
