import * as tf from '@tensorflow/tfjs-core'
import { checkBatch, pad, parametersForTape, unpad } from './loss-gradient.js'
import { stopGradient } from './stop-gradient.js'
import type { EmbeddedBatch, Victim } from './victim.js'

/**
 * What a weighted sum of the logits weighs each with, given the logits: both [B, K]. The weights dL/dz of a loss L(z)
 * make its gradient.
 */
export type LogitWeights = (logits: Float32Array) => Float32Array

/** Values only: nothing of it is connected to the victim. */
export interface Pullback {
  /** d (sum_k w_k z_k) / d embedded, with w held as it is; [T, D], laid out as the batch. */
  readonly gradient: Float32Array
  /** [B, K]. */
  readonly logits: Float32Array
}

/**
 * Pulls weights of the logits back to the embedded words, the vector-Jacobian product w^T dz/dx, in one pass: any loss
 * of the logits is differentiated so, whatever it is. Parameters pass {@link stopGradient}.
 * @throws RangeError for an example of no words
 */
export function pullback(victim: Victim, batch: EmbeddedBatch, weigh: LogitWeights): Pullback {
  checkBatch(batch)
  const { embedded, mask, rows, positions } = pad(batch)
  // The values leave through these: tidy would walk a returned typed array element by element.
  let gradient: Float32Array = new Float32Array()
  let logits = new Float32Array()
  tf.tidy(() => {
    const parameters = parametersForTape(victim)
    const maskTensor = tf.tensor2d(mask, [rows, positions])
    const differentiate = tf.grad((x) => {
      const output = victim.tensorLogits(x as tf.Tensor3D, maskTensor, stopGradient(parameters))
      logits = new Float32Array(output.dataSync())
      return tf.sum(tf.mul(output, tf.tensor2d(weigh(logits), [rows, victim.labels.length])))
    })
    gradient = unpad(
      differentiate(tf.tensor3d(embedded, [rows, positions, batch.dimensions])).dataSync(),
      batch,
      positions,
    )
  })
  return { gradient, logits }
}
