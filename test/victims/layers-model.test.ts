import * as tf from '@tensorflow/tfjs-core'
import * as tfl from '@tensorflow/tfjs-layers'
import { beforeAll, expect, it } from 'vitest'
import { UserError } from '#src/base/errors.js'
import { embed } from '#src/gradient/embed.js'
import { lossGradient } from '#src/gradient/loss-gradient.js'
import { lossOf } from '#src/gradient/objective.js'
import { ReadOnlyProof } from '#src/gradient/proof.js'
import { stopGradient } from '#src/gradient/stop-gradient.js'
import { parametersForTape } from '#src/gradient/tape-gradient.js'
import { wordTokenizer } from '#src/text/word-tokenizer.js'
import { type LayersModelParts, LayersModelVictim } from '#src/victims/layers-model.js'
import { describeOnBackends } from '../gradient/backends.js'
import { centralDifferences, relativeError } from '../gradient/reference.js'
import { smallEmbeddings } from '../gradient/small-victims.js'

const D = 5
const embeddings = smallEmbeddings(D)
const labels = ['negative', 'neutral', 'positive']

/** A small convolutional network with dropout and batch normalisation, which training would change. */
function convolution(inputShape: [number | null, number], activation?: 'softmax'): tfl.LayersModel {
  const seeded = (seed: number) => tfl.initializers.glorotNormal({ seed })
  return tfl.sequential({
    layers: [
      tfl.layers.conv1d({ inputShape, filters: 8, kernelSize: 2, activation: 'tanh', kernelInitializer: seeded(1) }),
      tfl.layers.batchNormalization(),
      tfl.layers.dropout({ rate: 0.5 }),
      tfl.layers.globalAveragePooling1d({}),
      tfl.layers.dense({ units: 3, activation, kernelInitializer: seeded(2), biasInitializer: seeded(3) }),
    ],
  })
}

const EXAMPLES = [[4], [1, 2, 3], [0, 5, 0, 7, 0, 9], [8, 11]].map((ids) => Int32Array.from(ids))
const LABELS = Int32Array.of(2, 0, 1, 1)
const batch = embed(embeddings, EXAMPLES)

describeOnBackends('LayersModelVictim', () => {
  let model: tfl.LayersModel
  let victim: LayersModelVictim
  const make = (parts: Partial<LayersModelParts> = {}) =>
    new LayersModelVictim({ model, labels, embeddings, tokenizer: wordTokenizer, ...parts })
  beforeAll(() => {
    model = convolution([6, D])
    victim = make()
  })

  const padded = (ids: Int32Array) => {
    const row = new Float32Array(6 * D)
    row.set(embed(embeddings, [ids]).embedded)
    return tf.tensor3d(row, [1, 6, D])
  }

  it('names a weight that is disposed already, before anything is read', () => {
    const model = convolution([6, D])
    const gone = make({ model })
    const [weight, ...others] = model.weights
    weight.read().dispose()
    const message = new UserError(`${model.name}: its weight ${weight.name} is disposed already`)
    expect(() => lossGradient(gone, batch, LABELS, 'cross-entropy')).toThrow(message)
    expect(() => gone.logits(batch)).toThrow(message)
    expect(() => new ReadOnlyProof(gone)).toThrow(message)
    tf.dispose(others.map((other) => other.read()))
  })

  it('gives the logits of model.predict over padded rows, to the bit', () => {
    const logits = victim.logits(batch)
    EXAMPLES.forEach((ids, b) => {
      const predicted = model.predict(padded(ids))
      if (Array.isArray(predicted)) throw new Error('one output is expected')
      expect(predicted.dataSync()).toEqual(logits.slice(b * 3, b * 3 + 3))
    })
  })

  it('reads the gradient of central differences (1e-3 by norm)', () => {
    const read = lossGradient(victim, batch, LABELS)
    EXAMPLES.forEach((_, b) => {
      const [from, to] = [batch.offsets[b] * D, batch.offsets[b + 1] * D]
      const loss = (x: Float64Array) => {
        const offsets = Int32Array.of(0, x.length / D)
        return lossOf(
          'cross-entropy',
          victim.logits({ embedded: Float32Array.from(x), offsets, dimensions: D }),
          LABELS[b],
        )
      }
      const x = Float64Array.from(batch.embedded.subarray(from, to))
      const differences = centralDifferences(loss, x, 0.02)
      expect(relativeError(read.gradient.subarray(from, to), differences)).toBeLessThan(1e-3)
    })
  })

  it('gives one by one what it gives in a ragged batch (1e-6 by norm)', () => {
    const read = lossGradient(victim, batch, LABELS)
    EXAMPLES.forEach((ids, b) => {
      const alone = lossGradient(victim, embed(embeddings, [ids]), LABELS.subarray(b, b + 1))
      const here = read.gradient.subarray(batch.offsets[b] * D, batch.offsets[b + 1] * D)
      expect(relativeError(alone.gradient, here)).toBeLessThan(1e-6)
    })
  })

  it('shows no way to the weights, however deep one differentiates', () => {
    // Of the dense layer alone: the gradient of a convolution's kernel is not there on wasm.
    const dense = model.layers[4].weights
    const variables = dense.map((weight) => weight.read()).filter((value) => value instanceof tf.Variable)
    expect(variables).toHaveLength(2)
    const gradientsOf = (logits: (x: tf.Tensor3D) => tf.Tensor) =>
      tf.variableGrads(() => tf.add<tf.Scalar>(tf.sum(logits(padded(EXAMPLES[1]))), tf.sum(variables[1])), variables)
        .grads
    const byModel = gradientsOf((x) => {
      const output = model.apply(x)
      if (!(output instanceof tf.Tensor)) throw new Error('one output is expected')
      return output
    })
    const mask = tf.ones<tf.Rank.R2>([1, 6])
    const byVictim = gradientsOf((x) => victim.tensorLogits(x, mask, stopGradient(parametersForTape(victim))))
    const [kernel, bias] = variables
    expect([...byModel[bias.name].dataSync()]).toEqual([2, 2, 2])
    expect(byModel[kernel.name].dataSync().some((value) => value !== 0)).toBe(true)
    // What is left is the sum of the bias that stands beside.
    expect([...byVictim[bias.name].dataSync()]).toEqual([1, 1, 1])
    expect(byVictim[kernel.name]?.dataSync().some((value) => value !== 0) ?? false).toBe(false)
  })

  it('leaves the model as it was: weights, and the way it reads them', () => {
    const proof = new ReadOnlyProof(victim)
    const before = victim.logits(batch)
    lossGradient(victim, batch, LABELS, 'margin')
    expect(proof.verify().after).toBe(proof.before)
    expect(model.weights.every((weight) => !Object.hasOwn(weight, 'read'))).toBe(true)
    expect(() => victim.tensorLogits(padded(EXAMPLES[0]), tf.ones([1, 6]), {})).toThrow('no value for the weight')
    expect(model.weights.every((weight) => !Object.hasOwn(weight, 'read'))).toBe(true)
    expect(victim.logits(batch)).toEqual(before)
  })

  it('is caught by the proof when a weight is written', () => {
    const other = convolution([6, D])
    const proof = new ReadOnlyProof(make({ model: other }))
    const [kernel] = other.weights
    kernel.write(tf.add(kernel.read(), 1e-3))
    expect(() => proof.verify()).toThrow(`moved: ${kernel.name}`)
  })

  it('takes the logarithm of probabilities', () => {
    const softmax = make({ model: convolution([6, D], 'softmax'), output: 'probabilities' })
    const logits = softmax.logits(batch)
    const total = logits.slice(0, 3).reduce((sum, z) => sum + Math.exp(z), 0)
    expect(Math.abs(total - 1)).toBeLessThan(1e-5)
    expect([...lossGradient(softmax, batch, LABELS).gradient].every(Number.isFinite)).toBe(true)
  })

  it('cuts texts at the words that the model takes', () => {
    const { ids, spans } = victim.encode('the quick brown fox jumps over a lazy dog')
    expect([...ids]).toEqual([0, 1, 2, 3, 4, 5])
    expect(spans).toHaveLength(6)
  })

  it('leaves no tensor behind', () => {
    victim.logits(batch)
    const before = tf.memory().numTensors
    victim.logits(batch)
    lossGradient(victim, batch, LABELS)
    expect(tf.memory().numTensors).toBe(before)
  })

  it.each<[string, () => Partial<LayersModelParts>, RegExp]>([
    ['other dimensions', () => ({ embeddings: smallEmbeddings(4) }), /takes \[any, 6, 5\]; \[B, C, 4\] is needed/],
    ['an open number of words', () => ({ model: convolution([null, D]) }), /leaves the number of words open/],
    ['another number of words', () => ({ positions: 7 }), /takes 6 words, not the 7/],
  ])('refuses %s', (_, parts, message) => {
    expect(() => make(parts())).toThrow(message)
  })

  it('takes the number of words from its options where the model leaves it open', () => {
    expect(make({ model: convolution([null, D]), positions: 9 }).positions).toBe(9)
  })

  it('refuses another number of labels, and a stateful model', () => {
    expect(() => make({ labels: ['a', 'b'] }).logits(batch)).toThrow(/gives \[1, 3\] for 1 examples and 2 labels/)
    const recurrent = tfl.sequential({
      layers: [
        tfl.layers.simpleRNN({ batchInputShape: [1, 6, D], units: 4, stateful: true, recurrentInitializer: 'zeros' }),
        tfl.layers.dense({ units: 3 }),
      ],
    })
    expect(() => make({ model: recurrent })).toThrow(/stateful/)
  })
})
