import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { stopGradient } from '#src/gradient/stop-gradient.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { backends } from './backends.js'

const values = (tensor: tf.Tensor) => [...tensor.dataSync()]

describe.each(backends)('stopGradient on $backend', ({ backend, missing }) => {
  describe.skipIf(missing)('', () => {
    beforeAll(() => useTensorBackend(backend).then(() => {}))

    it('is the identity forward', () => {
      const x = tf.tensor2d([1, -2, 3, Number.NaN], [2, 2])
      const cut = stopGradient(x)
      expect(cut.shape).toEqual([2, 2])
      expect(values(cut)).toEqual([1, -2, 3, Number.NaN])
    })

    it('is a constant for grad: d(x * stop(x))/dx = x', () => {
      const gradient = tf.grad((x) => tf.sum(tf.mul(x, stopGradient(x))))(tf.tensor1d([2, -3]))
      expect(values(gradient)).toEqual([2, -3])
    })

    it('gives zeros, and no error, where it is the only path', () => {
      const gradient = tf.grad((x) => tf.sum(stopGradient(x)))(tf.tensor1d([2, -3]))
      expect(values(gradient)).toEqual([0, 0])
    })

    it('gives zeros, not NaN, under an infinite gradient', () => {
      const gradient = tf.grad((x) => tf.sum(tf.log(stopGradient(x))))(tf.tensor1d([0, 1]))
      expect(values(gradient)).toEqual([0, 0])
    })

    it('cuts inside valueAndGrads without touching the value', () => {
      const f = (a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.mul(a, stopGradient(tf.square(b))))
      const { value, grads } = tf.valueAndGrads((a, b) => f(a, b))([tf.tensor1d([2]), tf.tensor1d([3])])
      expect(values(value)).toEqual([18])
      expect(grads.map(values)).toEqual([[9], [0]])
    })

    it('cuts a Variable inside variableGrads', () => {
      const learns = tf.variable(tf.scalar(2))
      const stays = tf.variable(tf.scalar(5))
      const { grads } = tf.variableGrads(() => tf.mul<tf.Scalar>(learns, stopGradient(stays)), [learns, stays])
      expect(values(grads[learns.name])).toEqual([5])
      expect(values(grads[stays.name])).toEqual([0])
      tf.dispose([learns, stays])
    })

    it('cuts in the second order: d²(x² stop(x))/dx² = 2x', () => {
      const first = (x: tf.Tensor) => tf.grad((y) => tf.sum(tf.mul(tf.square(y), stopGradient(y))))(x)
      const second = tf.grad((x) => tf.sum(first(x)))(tf.tensor1d([3, -1]))
      expect(values(second)).toEqual([6, -2])
    })

    it('cuts when nested in itself and in another gradient', () => {
      const twice = tf.grad((x) => tf.sum(tf.mul(x, stopGradient(stopGradient(x)))))(tf.tensor1d([4]))
      expect(values(twice)).toEqual([4])
      const inner = (x: tf.Tensor) => tf.grad((y) => tf.sum(tf.mul(stopGradient(x), tf.square(y))))(x)
      const outer = tf.grad((x) => tf.sum(inner(x)))(tf.tensor1d([4]))
      expect(values(outer)).toEqual([8])
    })

    it.each(['int32', 'bool'] as const)('passes %s through, value and type', (dtype) => {
      const x = tf.tensor1d([1, 0, 1], dtype)
      expect(stopGradient(x).dtype).toBe(dtype)
      expect(values(stopGradient(x))).toEqual([1, 0, 1])
      const gradient = tf.grad((y) => tf.sum(tf.mul(y, tf.cast(stopGradient(x), 'float32'))))(tf.tensor1d([7, 8, 9]))
      expect(values(gradient)).toEqual([1, 0, 1])
    })

    it('takes lists and records of tensors, nested', () => {
      const f = (x: tf.Tensor) => {
        const tree = stopGradient({ pair: [x, tf.square(x)] as const, deep: { one: x } })
        return tf.sum(tf.addN([tf.mul(x, tree.pair[1]), tree.pair[0], tree.deep.one]))
      }
      expect(values(tf.grad(f)(tf.tensor1d([3])))).toEqual([9])
      expect(stopGradient([])).toEqual([])
      expect(stopGradient({})).toEqual({})
    })

    it('refuses a tensor that is disposed already', () => {
      const x = tf.zeros([2, 3])
      x.dispose()
      expect(() => stopGradient({ x })).toThrow('stopGradient: the tensor [2, 3] is disposed already')
    })

    it('leaks no tensor', () => {
      const x = tf.tensor1d([1, 2])
      const read = () =>
        tf.tidy(
          () =>
            tf
              .grad((y) => tf.sum(tf.mul(y, stopGradient(y))))(x)
              .dataSync()[0],
        )
      read()
      const before = tf.memory().numTensors
      for (let i = 0; i < 10; i++) read()
      expect(tf.memory().numTensors).toBe(before)
      const cut = stopGradient(x)
      expect(tf.memory().numTensors).toBe(before + 1)
      cut.dispose()
      expect(values(x)).toEqual([1, 2])
    })

    it('is needed: without it the gradient flows', () => {
      const gradient = tf.grad((x) => tf.sum(tf.mul(x, x)))(tf.tensor1d([2, -3]))
      expect(values(gradient)).toEqual([4, -6])
    })
  })
})
