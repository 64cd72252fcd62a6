import * as tf from '@tensorflow/tfjs-core'
import { checkBatch, checkLabels } from './check-batch.js'
import { lossOf, type Objective } from './objective.js'
import { pad, unpad } from './pad.js'
import { stopGradient } from './stop-gradient.js'
import { tensorLoss } from './tensor-loss.js'
import type { EmbeddedBatch, LossGradient, Victim } from './victim.js'

/**
 * The loss gradient by automatic differentiation, for any victim. Every parameter passes {@link stopGradient}; the
 * embedded input is the only leaf of the tape. Needs a TensorFlow.js backend in use.
 * @param rivals [B], for the margin: L_b = z_rival - z_label, instead of the margin of the highest other label
 * @throws RangeError for an example of no words or a label outside [0, K)
 */
export function tapeGradient(
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
