import * as tf from '@tensorflow/tfjs-core'

/**
 * What an attack raises at the label it leaves, and lowers at the label it wants:
 * `cross-entropy` L = -log softmax(z)_y; `margin` L = max over t != y of z_t, less z_y (Carlini and Wagner 2017).
 */
export const OBJECTIVES = ['cross-entropy', 'margin'] as const
export type Objective = (typeof OBJECTIVES)[number]

/** The loss of each row on TensorFlow's tape: logits [B, K], labels [B] to [B]. */
export function tensorLoss(objective: Objective, logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  const classes = logits.shape[1]
  const own = tf.oneHot(labels, classes, 1, 0, 'float32') as tf.Tensor2D
  const ownLogit = tf.sum(tf.mul(logits, own), 1)
  const others = objective === 'cross-entropy' ? tf.logSumExp(logits, 1) : tf.max(tf.sub(logits, tf.mul(own, 1e30)), 1)
  return tf.sub(others, ownLogit) as tf.Tensor1D
}

/** The same for one row of plain numbers, summed in float64. */
export function lossOf(objective: Objective, logits: ArrayLike<number>, label: number): number {
  let highest = -Infinity
  let highestOther = -Infinity
  for (let k = 0; k < logits.length; k++) {
    if (logits[k] > highest) highest = logits[k]
    if (k !== label && logits[k] > highestOther) highestOther = logits[k]
  }
  if (objective === 'margin') return highestOther - logits[label]
  let sum = 0
  for (let k = 0; k < logits.length; k++) sum += Math.exp(logits[k] - highest)
  return highest + Math.log(sum) - logits[label]
}
