import * as tf from '@tensorflow/tfjs-core'
import type { Objective } from './objective.js'

/** Takes a row's own label out of a maximum or a sum of exponentials; any float32 logit is far above its negative. */
const OUT = 1e30

/**
 * The loss of each row on TensorFlow's tape: logits [B, K], labels [B] to [B].
 *
 * Both are written over d_t = z_t - z_y, t != y. For cross-entropy, log(1 + sum exp d_t) rather than logSumExp(z) - z_y:
 * its gradient has no p_y - 1, which float32 rounds to 0 where the victim is sure, and with it the direction of the
 * attack. For the margin the rival is chosen first, since the gradient of `tf.max` counts every one of several equal
 * maxima in full.
 * @param rivals [B], for the margin: the label that is held against the row's own, instead of the highest other one
 */
export function tensorLoss(
  objective: Objective,
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  rivals?: tf.Tensor1D,
): tf.Tensor1D {
  const classes = logits.shape[1]
  const own = indicator(labels, classes)
  const lead = tf.sub<tf.Tensor2D>(logits, tf.sum(tf.mul(logits, own), 1, true))
  const others = tf.sub<tf.Tensor2D>(lead, tf.mul(own, OUT))
  if (objective === 'margin') {
    const rival = indicator(rivals ?? tf.argMax(others, 1), classes)
    return tf.sum(tf.mul(lead, rival), 1)
  }
  const shift = highestOrZero(others)
  const sum = tf.add(tf.exp(tf.neg(shift)), tf.sum(tf.exp(tf.sub(others, shift)), 1, true))
  return tf.squeeze(tf.add(shift, tf.log(sum)), [1])
}

/**
 * max(0, max_t x_t) of each row, as a constant: [B, 1]. What runs inside customGrad leaves nothing on the tape, and the
 * gradient of `tf.max`, which would only be multiplied by zero, costs 100 ms on wasm for 64 rows of 25,000 logits.
 */
function highestOrZero(x: tf.Tensor2D): tf.Tensor2D {
  const highest = tf.customGrad<tf.Tensor2D>(() => ({
    value: tf.maximum(tf.max(x, 1, true), 0),
    gradFunc: () => tf.zeros(x.shape),
  }))
  return highest(x)
}

/** 1 at each row's label, else 0: [B, K]. Cast, since the wasm backend of 4.22 writes integers into a float32 `oneHot`. */
function indicator(labels: tf.Tensor1D, classes: number): tf.Tensor2D {
  return tf.cast<tf.Tensor2D>(tf.oneHot(labels, classes, 1, 0, 'int32') as tf.Tensor2D, 'float32')
}
