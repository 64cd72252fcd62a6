import * as tf from '@tensorflow/tfjs-core'
import { UserError } from '../base/errors.js'
import { checkBatch, checkLabels } from './check-batch.js'
import { lossOf, type Objective } from './objective.js'
import { pad, unpad } from './pad.js'
import { stopGradient } from './stop-gradient.js'
import { tensorLoss } from './tensor-loss.js'
import type { EmbeddedBatch, LossGradient, Victim } from './victim.js'

/** A loss of the caller's own: logits [B, K] and labels [B] to [B], by TensorFlow.js operations that have gradients. */
export type LossFunction = (logits: tf.Tensor2D, labels: tf.Tensor1D) => tf.Tensor1D

/**
 * The loss gradient by automatic differentiation, for any victim. Every parameter passes {@link stopGradient}; the
 * embedded input is the only leaf of the tape. A loss that does not depend on it has a gradient of zeros. Needs a
 * TensorFlow.js backend in use.
 * @param rivals [B], for the margin: L_b = z_rival - z_label, instead of the margin of the highest other label
 * @throws RangeError for an example of no words or a label outside [0, K)
 */
export function tapeGradient(
  victim: Victim,
  batch: EmbeddedBatch,
  labels: Int32Array,
  objective: Objective | LossFunction = 'cross-entropy',
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
  let loss = new Float32Array()
  let failure: { readonly error: unknown } | undefined
  tf.tidy(() => {
    const parameters = parametersForTape(victim)
    const maskTensor = tf.tensor2d(mask, [rows, positions])
    const labelTensor = tf.tensor1d(labels, 'int32')
    const rivalTensor = rivals && tf.tensor1d(rivals, 'int32')
    const leaf = tf.tensor3d(embedded, [rows, positions, batch.dimensions])
    const lossOnTape = (x: tf.Tensor) => {
      const output = victim.tensorLogits(x as tf.Tensor3D, maskTensor, stopGradient(parameters))
      logits = new Float32Array(output.dataSync())
      if (typeof objective !== 'function') return tensorLoss(objective, output, labelTensor, rivalTensor)
      const own = lossesBy(objective, output, labelTensor)
      loss = new Float32Array(own.dataSync())
      return own
    }
    const differentiate = tf.grad((x) => {
      // tfjs would leave behind what the tape has kept so far.
      const losses = attempt(() => lossOnTape(x))
      if ('error' in losses) failure = losses
      return total('error' in losses ? x : losses.value, x)
    })
    gradient = unpad(differentiate(leaf).dataSync(), batch, positions)
  })
  if (failure) throw failure.error
  if (typeof objective !== 'function') {
    loss = Float32Array.from(labels, (label, b) =>
      lossOf(objective, logits.subarray(b * classes, (b + 1) * classes), label, rivals?.[b]),
    )
  }
  return { loss, gradient, logits }
}

function attempt<T>(compute: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: compute() }
  } catch (error) {
    return { error }
  }
}

/** The sum of the losses. Joined to the leaf by a path of gradient zero, since tfjs refuses a leaf without any path. */
const total = (losses: tf.Tensor, leaf: tf.Tensor) => tf.add(tf.sum(losses), tf.sum(stopGradient(leaf)))

function lossesBy(loss: LossFunction, logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  const losses = loss(logits, labels)
  if (losses.isDisposed) throw new UserError('the loss gives a tensor that is disposed already')
  const [rows] = logits.shape
  if (losses.rank === 1 && losses.shape[0] === rows) return losses
  throw new UserError(`the loss gives [${losses.shape.join(', ')}] for ${rows} examples; [B] is needed`)
}

/** The parameters that the victim's `tensorLogits` needs, as tensors of the present scope. */
export function parametersForTape({ parameters }: Pick<Victim, 'parameters'>): tf.NamedTensorMap {
  const tensors: tf.NamedTensorMap = {}
  for (const [name, { values, shape, onTape }] of parameters) {
    if (onTape) tensors[name] = tf.tensor(values, [...shape])
  }
  return tensors
}
