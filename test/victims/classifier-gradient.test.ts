import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { embed } from '#src/gradient/embed.js'
import { pad } from '#src/gradient/pad.js'
import { tensorLoss } from '#src/gradient/tensor-loss.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { ClassifierGradient } from '#src/victims/classifier-gradient.js'
import type { TextClassifier } from '#src/victims/text-classifier.js'
import { relativeError } from '../gradient/reference.js'
import { smallClassifier } from '../gradient/small-victims.js'

const TEXTS = [[4], [1, 2, 3], [0, 5, 0, 7, 0, 9], [8, 11, 1]].map((ids) => Int32Array.from(ids))
const TRUTHS = [1, 0, 2, 0]

/** The mean loss and its gradients by the tape, through the very loss and logits that attacks read. */
function byAutodiff(victim: TextClassifier) {
  const { embeddings, weights, bias, labels } = victim
  const D = embeddings.dimensions
  const { mask, rows, positions } = pad(embed(embeddings, TEXTS))
  const ids = Int32Array.from(
    { length: rows * positions },
    (_, i) => TEXTS[Math.floor(i / positions)][i % positions] ?? 0,
  )
  return tf.tidy(() => {
    const E = tf.variable(tf.tensor2d(embeddings.vectors, [embeddings.vocabulary.size, D]))
    const W = tf.variable(tf.tensor2d(weights, [D, labels.length]))
    const b = tf.variable(tf.tensor1d(bias))
    const { value, grads } = tf.variableGrads(() => {
      const embedded = tf.reshape<tf.Rank.R3>(tf.gather(E, tf.tensor1d(ids, 'int32')), [rows, positions, D])
      const logits = victim.tensorLogits(embedded, tf.tensor2d(mask, [rows, positions]), { weights: W, bias: b })
      return tf.mean(tensorLoss('cross-entropy', logits, tf.tensor1d(TRUTHS, 'int32')))
    })
    const read = (variable: tf.Variable) => Float32Array.from(grads[variable.name].dataSync())
    const result = { loss: value.dataSync()[0], embeddings: read(E), weights: read(W), bias: read(b) }
    tf.dispose([E, W, b])
    return result
  })
}

describe('ClassifierGradient', () => {
  // The gradient of gather is not there on wasm.
  beforeAll(() => useTensorBackend('cpu').then(() => {}))

  it.each([
    ['three labels', ['a', 'b', 'c']],
    ['four', ['a', 'b', 'c', 'd']],
  ])('is what automatic differentiation gives, for %s (1e-6 by norm), twice in a row', (_, labels) => {
    const victim = smallClassifier(labels)
    const D = victim.embeddings.dimensions
    const expected = byAutodiff(victim)
    const gradient = new ClassifierGradient(D, labels.length)
    const parameters = { embeddings: victim.embeddings.vectors, weights: victim.weights, bias: victim.bias }
    gradient.compute(parameters, [Int32Array.of(10, 2)], [1])
    const loss = gradient.compute(parameters, TEXTS, TRUTHS)
    expect(Math.abs(loss - expected.loss)).toBeLessThan(1e-6)
    expect(relativeError(gradient.weights, expected.weights)).toBeLessThan(1e-6)
    expect(relativeError(gradient.bias, expected.bias)).toBeLessThan(1e-6)
    const dense = new Float64Array(victim.embeddings.vectors.length)
    for (const [word, row] of gradient.embeddings) dense.set(row, word * D)
    expect(relativeError(dense, expected.embeddings)).toBeLessThan(1e-6)
    expect([...gradient.embeddings.keys()].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 7, 8, 9, 11])
  })

  it('leaves the embeddings out when they do not learn', () => {
    const victim = smallClassifier()
    const gradient = new ClassifierGradient(7, 3)
    gradient.compute(
      { embeddings: victim.embeddings.vectors, weights: victim.weights, bias: victim.bias },
      TEXTS,
      TRUTHS,
      false,
    )
    expect(gradient.embeddings.size).toBe(0)
    expect(gradient.weights.some((value) => value !== 0)).toBe(true)
  })
})
