import * as tf from '@tensorflow/tfjs-core'

/**
 * The identity, through which no gradient flows: `value` forward, zeros backward. TensorFlow.js has none of its own.
 *
 * The clone is needed: were `value` the input itself, the tape node's output would be its input and the gradient would
 * leak. `zerosLike` is needed: zero times an infinite gradient would be NaN.
 */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  const cut = tf.customGrad((value) => ({
    value: (value as tf.Tensor).clone(),
    gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
  }))
  return cut(x) as T
}
