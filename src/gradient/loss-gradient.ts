import * as tf from '@tensorflow/tfjs-core'
import { lossOf, type Objective } from './objective.js'
import { stopGradient } from './stop-gradient.js'
import { tensorLoss } from './tensor-loss.js'
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
 * @param rivals [B], for the margin: L_b = z_rival - z_label, instead of the margin of the highest other label
 * @throws RangeError for an example of no words or a label outside [0, K)
 */
export function lossGradient(
  victim: Victim,
  batch: EmbeddedBatch,
  labels: Int32Array,
  objective: Objective = 'cross-entropy',
  rivals?: Int32Array,
): LossGradient {
  const classes = victim.labels.length
  checkBatch(batch)
  checkLabels(batch, labels, classes)
  if (rivals) checkLabels(batch, rivals, classes)
  const { embedded, mask, rows, positions } = pad(batch)
  // The values leave through these: tidy would walk a returned typed array element by element.
  let gradient: Float32Array = new Float32Array()
  let logits = new Float32Array()
  tf.tidy(() => {
    const parameters = parametersForTape(victim)
    const maskTensor = tf.tensor2d(mask, [rows, positions])
    const labelTensor = tf.tensor1d(labels, 'int32')
    const rivalTensor = rivals && tf.tensor1d(rivals, 'int32')
    const leaf = tf.tensor3d(embedded, [rows, positions, batch.dimensions])
    const differentiate = tf.grad((x) => {
      const output = victim.tensorLogits(x as tf.Tensor3D, maskTensor, stopGradient(parameters))
      logits = new Float32Array(output.dataSync())
      return tf.sum(tensorLoss(objective, output, labelTensor, rivalTensor))
    })
    gradient = unpad(differentiate(leaf).dataSync(), batch, positions)
  })
  const loss = Float32Array.from(labels, (label, b) =>
    lossOf(objective, logits.subarray(b * classes, (b + 1) * classes), label, rivals?.[b]),
  )
  return { loss, gradient, logits }
}

/** The parameters that the victim's `tensorLogits` needs, as tensors of the present scope. */
export function parametersForTape({ parameters }: Pick<Victim, 'parameters'>): tf.NamedTensorMap {
  const tensors: tf.NamedTensorMap = {}
  for (const [name, { values, shape, onTape }] of parameters) {
    if (onTape) tensors[name] = tf.tensor(values, [...shape])
  }
  return tensors
}

/** @throws RangeError for an example of no words, or values that are not what the offsets say */
export function checkBatch({ embedded, offsets, dimensions }: EmbeddedBatch): void {
  const rows = offsets.length - 1
  if (embedded.length !== offsets[rows] * dimensions) {
    throw new RangeError(`${embedded.length} values for ${offsets[rows]} positions of ${dimensions} dimensions`)
  }
  for (let b = 0; b < rows; b++) {
    if (offsets[b + 1] <= offsets[b]) throw new RangeError(`example ${b} has no words`)
  }
}

function checkLabels({ offsets }: EmbeddedBatch, labels: Int32Array, classes: number): void {
  const rows = offsets.length - 1
  if (labels.length !== rows) throw new RangeError(`${labels.length} labels for ${rows} examples`)
  for (let b = 0; b < rows; b++) {
    if (!(labels[b] >= 0 && labels[b] < classes)) {
      throw new RangeError(`example ${b}: label ${labels[b]} is outside the ${classes} classes`)
    }
  }
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

/** The other way: the values of [B, C, D] where a word stands, [T, D]. */
export function unpad(
  padded: Float32Array | Int32Array | Uint8Array,
  batch: EmbeddedBatch,
  positions: number,
): Float32Array {
  const { embedded, offsets, dimensions } = batch
  const ragged = new Float32Array(embedded.length)
  for (let b = 0; b < offsets.length - 1; b++) {
    const from = b * positions * dimensions
    const length = (offsets[b + 1] - offsets[b]) * dimensions
    ragged.set(padded.subarray(from, from + length), offsets[b] * dimensions)
  }
  return ragged
}
