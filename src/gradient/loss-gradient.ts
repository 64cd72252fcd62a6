import * as tf from '@tensorflow/tfjs-core'
import { lossOf, type Objective, tensorLoss } from './objective.js'
import { stopGradient } from './stop-gradient.js'
import type { EmbeddedBatch, Victim } from './victim.js'

/** Values only: nothing of it is connected to the victim. */
export interface LossGradient {
  /** [B]. */
  readonly loss: Float32Array
  /** dL_b / d embedded, [T, D], laid out as the batch. */
  readonly gradient: Float32Array
  /** [B, K]. */
  readonly logits: Float32Array
}

/**
 * Reads each example's loss at its label and the gradient of that loss with respect to its embedded words. Every
 * parameter passes {@link stopGradient}; the embedded input is the only leaf of the tape.
 */
export function lossGradient(
  victim: Victim,
  batch: EmbeddedBatch,
  labels: Int32Array,
  objective: Objective = 'cross-entropy',
): LossGradient {
  const { embedded, mask, rows, positions } = pad(batch)
  const classes = victim.labels.length
  // The values leave through these: tidy would walk a returned typed array element by element.
  let gradient = new Float32Array()
  let logits = new Float32Array()
  tf.tidy(() => {
    const parameters: tf.NamedTensorMap = {}
    for (const [name, { values, shape, onTape }] of victim.parameters) {
      if (onTape) parameters[name] = stopGradient(tf.tensor(values, [...shape]))
    }
    const maskTensor = tf.tensor2d(mask, [rows, positions])
    const labelTensor = tf.tensor1d(labels, 'int32')
    const leaf = tf.tensor3d(embedded, [rows, positions, batch.dimensions])
    const differentiate = tf.grad((x: tf.Tensor) => {
      const output = victim.tensorLogits(x as tf.Tensor3D, maskTensor, parameters)
      logits = Float32Array.from(output.dataSync())
      return tf.sum(tensorLoss(objective, output, labelTensor))
    })
    gradient = unpad(differentiate(leaf).dataSync(), batch, positions)
  })
  const loss = Float32Array.from({ length: rows }, (_, b) =>
    lossOf(objective, logits.subarray(b * classes, (b + 1) * classes), labels[b]),
  )
  return { loss, gradient, logits }
}

/** Spreads a ragged batch over [B, C, D], zeros where no word stands, and gives the mask [B, C] of where one does. */
export function pad({ embedded, offsets, dimensions }: EmbeddedBatch) {
  const rows = offsets.length - 1
  let positions = 0
  for (let b = 0; b < rows; b++) positions = Math.max(positions, offsets[b + 1] - offsets[b])
  const padded = new Float32Array(rows * positions * dimensions)
  const mask = new Float32Array(rows * positions)
  for (let b = 0; b < rows; b++) {
    padded.set(embedded.subarray(offsets[b] * dimensions, offsets[b + 1] * dimensions), b * positions * dimensions)
    mask.fill(1, b * positions, b * positions + offsets[b + 1] - offsets[b])
  }
  return { embedded: padded, mask, rows, positions }
}

function unpad(padded: ArrayLike<number>, { embedded, offsets, dimensions }: EmbeddedBatch, positions: number) {
  const out = new Float32Array(embedded.length)
  for (let b = 0; b < offsets.length - 1; b++) {
    const from = b * positions * dimensions
    const start = offsets[b] * dimensions
    const length = offsets[b + 1] * dimensions - start
    for (let i = 0; i < length; i++) out[start + i] = padded[from + i]
  }
  return out
}
