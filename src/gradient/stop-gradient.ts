import * as tf from '@tensorflow/tfjs-core'
import { UserError } from '../base/errors.js'

/** A tensor, or lists and records of tensors, nested as they may be. */
export type TensorTree = tf.Tensor | readonly TensorTree[] | { readonly [name: string]: TensorTree }

/** The same tree; a `Variable` has become a plain tensor of its rank. */
export type Stopped<T> = T extends tf.Tensor<infer R> ? tf.Tensor<R> : { [K in keyof T]: Stopped<T[K]> }

/**
 * The identity, through which no gradient flows: `value` forward, zeros backward. TensorFlow.js has none of its own.
 * Takes a tensor of any type and shape, or a list or record of them.
 * @throws UserError for a tensor that is disposed already
 */
export function stopGradient<T extends TensorTree>(tree: T): Stopped<T>
export function stopGradient(tree: TensorTree): TensorTree {
  return stopTree(tree)
}

function stopTree(tree: TensorTree): TensorTree {
  if (tree instanceof tf.Tensor) return stopTensor(tree)
  if (isList(tree)) return tree.map(stopTree)
  return Object.fromEntries(Object.entries(tree).map(([name, branch]) => [name, stopTree(branch)]))
}

/**
 * The clone is needed: were `value` the input itself, the tape node's output would be its input and the gradient would
 * leak. `zerosLike` is needed: zero times an infinite gradient would be NaN.
 */
function stopTensor(x: tf.Tensor): tf.Tensor {
  if (x.isDisposed) throw new UserError(`stopGradient: the tensor [${x.shape.join(', ')}] is disposed already`)
  return tf.customGrad(() => ({ value: x.clone(), gradFunc: (dy) => tf.zerosLike(dy) }))(x)
}

function isList(tree: TensorTree): tree is readonly TensorTree[] {
  return Array.isArray(tree)
}
