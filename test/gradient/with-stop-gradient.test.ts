import * as tf from '@tensorflow/tfjs-core'
import { layers, sequential } from '@tensorflow/tfjs-layers'
import { expect, it } from 'vitest'
import { UserError } from '#src/base/errors.js'
import { withStopGradient } from '#src/gradient/with-stop-gradient.js'
import { describeOnBackends } from './backends.js'
import { normals } from './small-victims.js'

function smallModel() {
  const model = sequential({
    layers: [
      layers.dense({ units: 4, activation: 'tanh', inputShape: [3], name: 'first' }),
      layers.dense({ units: 2, name: 'second' }),
    ],
  })
  model.setWeights(model.getWeights().map((weight, i) => tf.tensor(normals(i, weight.size), weight.shape)))
  return model
}

const bytesOf = (weight: { read(): tf.Tensor }) => new Float32Array(weight.read().dataSync())

describeOnBackends('withStopGradient', () => {
  it.each([
    ['sgd', () => tf.train.sgd(0.1)],
    ['adam', () => tf.train.adam(0.1)],
  ] as const)('leaves the named weights of a LayersModel bit-identical under %s, which is handed all', (_, make) => {
    const model = smallModel()
    const names = model.weights.map(({ name }) => name)
    const stopped = names.slice(0, 2)
    const view = withStopGradient(model, stopped)
    const x = tf.tensor2d(normals(20, 15), [5, 3])
    const optimiser = make()
    const before = model.weights.map(bytesOf)
    for (let step = 0; step < 3; step++) {
      optimiser.minimize(() => tf.mean<tf.Scalar>(tf.square(view.apply(x) as tf.Tensor)))
    }
    model.weights.forEach((weight, i) => {
      if (stopped.includes(weight.name)) expect(bytesOf(weight)).toEqual(before[i])
      else expect(bytesOf(weight)).not.toEqual(before[i])
    })
    optimiser.dispose()
    model.dispose()
    x.dispose()
  })

  it('computes what the model computes, sees its weights as they are, and leaves no tensor and no trace', () => {
    const model = smallModel()
    const view = withStopGradient(model, [model.weights[0].name])
    const x = tf.tensor2d(normals(21, 6), [2, 3])
    const before = tf.memory().numTensors
    for (let round = 0; round < 2; round++) {
      tf.tidy(() => {
        const [seen, own] = [view.apply(x), model.apply(x)].map((y) => [...(y as tf.Tensor).dataSync()])
        expect(seen).toEqual(own)
      })
      expect(tf.memory().numTensors).toBe(before)
      const [first, ...rest] = model.getWeights()
      tf.tidy(() => model.setWeights([tf.mul(first, 2), ...rest]))
    }
    expect(Object.keys(model.weights[0])).not.toContain('read')
    model.dispose()
    x.dispose()
  })

  it('makes constants of named tensors: U of a CBOW loss', () => {
    const W = tf.variable(tf.tensor2d(normals(1, 20), [4, 5]))
    const U = tf.variable(tf.tensor2d(normals(2, 20), [4, 5]))
    const loss = () => {
      const { W: input, U: output } = withStopGradient({ W, U }, ['U'])
      const h = tf.mean(tf.gather(input, tf.tensor1d([0, 2, 2], 'int32')), 0, true)
      return tf.mean<tf.Scalar>(tf.softplus(tf.matMul(h as tf.Tensor2D, output as tf.Tensor2D, false, true)))
    }
    const { grads } = tf.variableGrads(
      () => tf.mean<tf.Scalar>(tf.square(withStopGradient({ W, U }, ['U']).U)),
      [W, U].slice(1),
    )
    expect([...grads[U.name].dataSync()]).toEqual(new Array(20).fill(0))
    expect(loss().dataSync()[0]).toBeGreaterThan(0)
    tf.dispose([W, U, grads])
  })

  it('names the nearest parameter for one that does not exist', () => {
    const model = smallModel()
    const known = model.weights[0].name
    expect(() => withStopGradient(model, [known.replace('kernel', 'kernal')])).toThrow(
      new UserError(`unknown parameter '${known.replace('kernel', 'kernal')}': did you mean '${known}'?`),
    )
    const W = tf.zeros([2])
    expect(() => withStopGradient({ W }, ['output'])).toThrow("unknown parameter 'output': the known ones are W")
    W.dispose()
    expect(() => withStopGradient({ W }, ['W'])).toThrow('is disposed already')
  })
})
