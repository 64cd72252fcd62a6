import * as tf from '@tensorflow/tfjs-core'
import { stopGradient } from '../gradient/stop-gradient.js'
import { tensorLoss } from '../gradient/tensor-loss.js'
import type { CbowMode, CbowUpdate } from './cbow-options.js'

/*
 * The losses of CBOW on TensorFlow's tape. Letters: B centres, D dimensions, N the target and its negatives, V words.
 */

/**
 * h, [B, D], of the sum of each context's rows [B, D] and the number of its words [B, 1]. The gradient of each row is
 * that of its sum.
 *
 * word2vec's update is not the gradient of a loss: it takes the mean forward and leaves its 1/C out backward. So it is
 * written with stopGradient: the value of the mean (sum - sum is exactly 0), the gradient of the sum.
 */
export function hiddenOf(sum: tf.Tensor2D, counts: tf.Tensor2D, mode: CbowMode, update: CbowUpdate): tf.Tensor2D {
  if (mode === 'sum') return sum
  const mean = tf.div<tf.Tensor2D>(sum, counts)
  if (update === 'corrected') return mean
  return tf.add<tf.Tensor2D>(stopGradient(mean), tf.sub(sum, stopGradient(sum)))
}

/**
 * Negative sampling, and hierarchical softmax, [B]: the sum over the rows [B, N, D] of softplus(sign h.row), the sign
 * [B, N] being -1 for a row that is to be raised (the target; a node where its path turns to 0), 1 for one to be lowered
 * (a negative; a node where it turns to 1) and 0 for a place that is empty.
 */
export function signedLoss(hidden: tf.Tensor2D, rows: tf.Tensor3D, signs: tf.Tensor2D): tf.Tensor1D {
  const scores = tf.squeeze<tf.Tensor2D>(tf.matMul(rows, tf.expandDims(hidden, 2)), [2])
  return tf.sum<tf.Tensor1D>(tf.mul(tf.softplus(tf.mul(scores, signs)), tf.abs(signs)), 1)
}

/** Softmax over the whole vocabulary, [B], of output embeddings [V, D] and targets [B]: the loss that attacks read. */
export function softmaxLoss(hidden: tf.Tensor2D, output: tf.Tensor2D, targets: tf.Tensor1D): tf.Tensor1D {
  return tensorLoss('cross-entropy', tf.matMul(hidden, output, false, true), targets)
}
