import * as tf from '@tensorflow/tfjs-core'
import type { Pooling } from '../gradient/pooling.js'

/**
 * The same as `pool` on TensorFlow's tape: embedded [B, C, D] and mask [B, C] to [B, D]. Masked positions count for
 * nothing.
 */
export function tensorPool(embedded: tf.Tensor3D, mask: tf.Tensor2D, pooling: Pooling): tf.Tensor2D {
  const sum: tf.Tensor2D = tf.sum(tf.mul(embedded, tf.expandDims(mask, 2)), 1)
  return pooling === 'sum' ? sum : tf.div(sum, tf.sum(mask, 1, true))
}
