import * as tf from '@tensorflow/tfjs-core'
import { BETA } from '../../base/adam.js'
import { EPSILON, type OptimizerName } from '../optimizer.js'

/**
 * What one step of an optimiser takes from the weights, and its slots after it: the formulas of `row-optimizer.ts`, on
 * tensors of any one shape.
 */
export function tensorUpdate<T extends tf.Tensor>(
  optimizer: OptimizerName,
  gradient: T,
  slots: readonly T[],
  learningRate: number,
  t: number,
): { step: T; slots: T[] } {
  if (optimizer === 'sgd') return { step: tf.mul<T>(gradient, learningRate), slots: [] }
  if (optimizer === 'adagrad') {
    const accumulator = tf.add<T>(slots[0], tf.square(gradient))
    const step = tf.mul<T>(tf.div(gradient, tf.sqrt(tf.add(accumulator, EPSILON))), learningRate)
    return { step, slots: [accumulator] }
  }
  const first = tf.add<T>(tf.mul(slots[0], BETA.first), tf.mul(gradient, 1 - BETA.first))
  const second = tf.add<T>(tf.mul(slots[1], BETA.second), tf.mul(tf.square(gradient), 1 - BETA.second))
  const scale = tf.add(tf.sqrt(tf.div(second, 1 - BETA.second ** t)), EPSILON)
  const step = tf.mul<T>(tf.div(tf.div(first, 1 - BETA.first ** t), scale), learningRate)
  return { step, slots: [first, second] }
}
