import * as tf from '@tensorflow/tfjs-core'
import { layers, sequential } from '@tensorflow/tfjs-layers'
import { expect, it } from 'vitest'
import { UserError } from '#src/base/errors.js'
import { CbowModel } from '#src/cbow/cbow-model.js'
import { defaultSettings } from '#src/cbow/cbow-options.js'
import { withStopGradient } from '#src/gradient/with-stop-gradient.js'
import { describeOnBackends } from './backends.js'
import { relativeError } from './reference.js'
import { normals, smallEmbeddings } from './small-victims.js'

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

  it.each([
    ['input_embeddings', 'output_embeddings', 'mean'],
    ['output_embeddings', 'input_embeddings', 'sum'],
  ] as const)('leaves %s of a CBOW model bit-identical, and %s moves (%s)', (stopped, moving, mode) => {
    const input = smallEmbeddings(3)
    const model = new CbowModel(input, normals(7, input.vectors.length), defaultSettings({ dimensions: 3, mode }))
    const before = tf.memory().numTensors
    const view = withStopGradient(model, [stopped])
    const contexts = [[0, 2, 2], Int32Array.of(5)]
    const expected = contexts.flatMap((context) => {
      const h = [0, 1, 2].map(
        (d) =>
          Array.from(context).reduce((sum, word) => sum + input.vectors[word * 3 + d], 0) /
          (mode === 'mean' ? context.length : 1),
      )
      return Array.from({ length: 12 }, (_, v) => h.reduce((z, x, d) => z + x * model.outputEmbeddings[v * 3 + d], 0))
    })
    const logits = tf.tidy(() => [...view.apply(contexts).dataSync()])
    expect(relativeError(logits, expected)).toBeLessThan(1e-6)
    const { parameters } = view
    const own = { input_embeddings: input.vectors.slice(), output_embeddings: model.outputEmbeddings.slice() }
    const optimiser = tf.train.adam(0.1)
    for (let step = 0; step < 3; step++) {
      optimiser.minimize(() => tf.mean<tf.Scalar>(tf.square(view.apply(contexts))), false, Object.values(parameters))
    }
    expect(parameters[stopped].dataSync()).toEqual(own[stopped])
    expect(parameters[moving].dataSync()).not.toEqual(own[moving])
    expect([input.vectors, model.outputEmbeddings]).toEqual([own.input_embeddings, own.output_embeddings])
    optimiser.dispose()
    view.dispose()
    // TensorFlow.js' own optimiser leaves its rate behind.
    expect(tf.memory().numTensors - before).toBeLessThanOrEqual(1)
  })

  it('names the parameters of a CBOW model, and the context that is empty or holds no word of it', () => {
    const input = smallEmbeddings(3)
    const model = new CbowModel(input, input.vectors, defaultSettings({ dimensions: 3 }))
    expect(() => withStopGradient(model, ['bias'])).toThrow(
      new UserError("unknown parameter 'bias': the known ones are input_embeddings, output_embeddings"),
    )
    const view = withStopGradient(model, ['output_embeddings'])
    expect(() => view.apply([[1], []])).toThrow(new UserError('contexts[1]: is empty; give at least one word'))
    expect(() => view.apply([[12]])).toThrow('contexts[0]: no word has the number 12; the model knows 0 to 11')
    view.dispose()
  })

  it('names a weight of a LayersModel that is disposed, whether or not it is a constant', () => {
    for (const named of [0, 1]) {
      const model = smallModel()
      const [first] = model.weights
      const view = withStopGradient(model, [model.weights[named].name])
      first.read().dispose()
      const x = tf.zeros([1, 3])
      expect(() => view.apply(x)).toThrow(new UserError(`${model.name}: its weight ${first.name} is disposed already`))
      x.dispose()
      tf.dispose(model.weights.slice(1).map((weight) => weight.read()))
    }
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
