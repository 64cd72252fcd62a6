import * as tf from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'
import { trainCbow } from '#src/cbow/train-cbow.js'
import { describeOnBackends } from '../gradient/backends.js'
import { request } from './small-training.js'

const model = await trainCbow(request({ engine: 'wasm' }))
const V = model.vocabulary.size
const D = model.dimensions

describeOnBackends('the finished weights of engine wasm, which lie in shared memory', () => {
  it('become tensors and variables, whose numbers they are to the bit', () => {
    expect(model.input.vectors.buffer).toBeInstanceOf(SharedArrayBuffer)
    for (const values of [model.input.vectors, model.outputEmbeddings]) {
      const read = tf.tidy(() =>
        tf
          .add(tf.variable(tf.tensor2d(values, [V, D])), 0)
          .dataSync()
          .slice(),
      )
      expect(read).toEqual(values.slice())
    }
  })

  it('are not changed by what is done to the variables', () => {
    const before = model.input.vectors.slice()
    tf.tidy(() => {
      const variable = tf.variable(tf.tensor2d(model.input.vectors, [V, D]))
      variable.assign(tf.add(variable, 1))
      expect(variable.dataSync()[0]).toBeCloseTo(before[0] + 1, 5)
      variable.dispose()
    })
    expect(model.input.vectors.slice()).toEqual(before)
  })
})
