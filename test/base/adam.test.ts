import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { Adam } from '#src/base/adam.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { normals } from '../gradient/small-victims.js'

describe('Adam', () => {
  beforeAll(() => useTensorBackend('cpu').then(() => {}))

  it("moves a dense array as TensorFlow's Adam does (1e-5, 20 steps)", () => {
    const start = normals(20, 6)
    const values = start.slice()
    const adam = new Adam(values)
    const variable = tf.variable(tf.tensor1d(start))
    // Their epsilon stands beside the uncorrected second moment; at 1e-8 the difference is far below the tolerance.
    const optimizer = tf.train.adam(0.05, 0.9, 0.999, 1e-8)
    for (let time = 1; time <= 20; time++) {
      const gradient = normals(20 + time, 6)
      adam.update(time, 0.05, 0, Float64Array.from(gradient))
      optimizer.applyGradients([{ name: variable.name, tensor: tf.tensor1d(gradient) }])
    }
    variable.dataSync().forEach((value, i) => {
      expect(Math.abs(values[i] - value)).toBeLessThan(1e-5)
    })
  })

  it('moves by the learning rate at the first step, whatever the size of the gradient (1e-6)', () => {
    const values = new Float32Array(3)
    new Adam(values).update(1, 0.1, 0, Float64Array.of(1e-3, -50, 2))
    ;[-0.1, 0.1, -0.1].forEach((expected, i) => {
      expect(Math.abs(values[i] - expected)).toBeLessThan(1e-5)
    })
  })

  it('leaves what is outside the slice alone', () => {
    const values = normals(40, 5)
    const before = values.slice()
    new Adam(values).update(7, 0.1, 2, Float64Array.of(1, 1))
    expect([0, 1, 2, 3, 4].filter((i) => values[i] !== before[i])).toEqual([2, 3])
  })
})
