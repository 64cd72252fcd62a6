import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { attacks } from '#src/attacks/index.js'
import { normOf } from '#src/base/norm.js'
import { Embeddings } from '#src/embeddings/embeddings.js'
import { ReadOnlyVictim } from '#src/gradient/read-only-victim.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { tokenizerOf } from '#src/text/tokenizers.js'
import { Vocabulary } from '#src/text/vocabulary.js'
import { FunctionVictim } from '#src/victims/function-victim.js'
import { leastNorm } from './optima.js'
import { changeOf, countsOf, perturb } from './runs.js'
import { smallExamples } from './small-examples.js'
import { linearVictim, smallEmbeddings } from './small-victims.js'

beforeAll(() => useTensorBackend('cpu'))

const embeddings = smallEmbeddings(50, 8, 1)
const [two, seven] = [2, 7].map((labels) => linearVictim(embeddings, labels, 2, 0.1))

describe('DeepFool', () => {
  it.each([
    ['l2', two, 1],
    ['l2', seven, 6],
    ['linf', two, 1],
    ['linf', seven, 6],
  ] as const)(
    '%s: costs a gradient a label but one, the logits before and those after its step',
    (norm, victim, gradients) => {
      for (const example of smallExamples(victim, 20, 30)) {
        const counts = countsOf(attacks.deepfool({ norm, steps: 1 }), victim, [example])
        expect(counts).toEqual({ gradients: [gradients], forwards: [2] })
      }
    },
  )
})

describe.each([
  ['ddn', attacks.ddn({ steps: 30 }), 31, 1],
  ['fmn', attacks.fmn({ steps: 30 }), 31, 1],
] as const)('%s', (_, attack, gradients, forwards) => {
  it('costs a gradient for the scale, one for each step, and a forward pass for the last iterate', () => {
    const [example] = smallExamples(two, 1, 32)
    expect(countsOf(attack, two, [example])).toEqual({ gradients: [gradients], forwards: [forwards] })
  })
})

describe('PGD with its radius bisected', () => {
  it.each([0.05, 0.001])('is above the exact norm by no more than the precision, %d', (precision) => {
    for (const example of smallExamples(seven, 15, 33)) {
      const [perturbed] = perturb(attacks.pgdMinimal({ precision, norm: 'linf' }), seven, [example])
      const found = normOf('linf', changeOf(seven, example, perturbed))
      expect(found / leastNorm(seven, example, 'linf')).toBeLessThan(1.0001 + precision)
    }
  })

  it('a ball that is far too large shrinks fast: a margin x² + x/10 - 1 of no linear victim, its root to 1e-3, in few gradients', () => {
    const one = new Embeddings(new Vocabulary(['x'], new Float64Array(1)), new Float32Array(1), 1)
    const victim = new FunctionVictim({
      labels: ['stays', 'leaves'],
      embeddings: one,
      tokenizer: tokenizerOf('word'),
      logits(embedded) {
        const x: tf.Tensor2D = tf.reshape(embedded, [-1, 1])
        return tf.concat2d([tf.onesLike(x), tf.add(tf.square(x), tf.div(x, 10))], 1)
      },
    })
    const example = { row: 1, encoded: victim.encode('x'), label: 0 }
    const reader = new ReadOnlyVictim(victim, 1)
    const [outcome] = attacks.pgdMinimal({ norm: 'linf', precision: 1e-3 }).run(reader, [example], { seed: 1 })
    if (outcome.kind !== 'continuous') throw new Error('words')
    const root = (-0.1 + Math.sqrt(4.01)) / 2
    expect(Math.abs(outcome.embedded[0]) / root).toBeGreaterThan(1)
    expect(Math.abs(outcome.embedded[0]) / root).toBeLessThan(1.0011)
    expect(reader.gradients[0]).toBeLessThan(500)
  })
})
