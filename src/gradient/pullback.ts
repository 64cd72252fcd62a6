import * as tf from '@tensorflow/tfjs-core'
import { checkBatch } from './check-batch.js'
import { linearPullback } from './linear-pullback.js'
import { pad, unpad } from './pad.js'
import { stopGradient } from './stop-gradient.js'
import { parametersForTape } from './tape-gradient.js'
import type { EmbeddedBatch, LogitWeights, Pullback, Victim } from './victim.js'

/**
 * Pulls weights of the logits back to the embedded words, the vector-Jacobian product w^T dz/dx, in one pass: any loss
 * of the logits is differentiated so, whatever it is. Without a tape where the victim is linear.
 * @param memory where the gradient may be written, laid out as the batch; fresh memory unless given
 * @throws RangeError for an example of no words
 */
export function pullback(victim: Victim, batch: EmbeddedBatch, weigh: LogitWeights, memory?: Float32Array): Pullback {
  checkBatch(batch)
  const { engine, linear } = victim
  if (engine) return engine.pullback(batch, weigh)
  return linear ? linearPullback(linear, batch, weigh, memory) : tapePullback(victim, batch, weigh)
}

/** The same by automatic differentiation, for any victim: parameters pass {@link stopGradient}. */
export function tapePullback(victim: Victim, batch: EmbeddedBatch, weigh: LogitWeights): Pullback {
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
