import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { UserError } from '#src/base/errors.js'
import { embed } from '#src/gradient/embed.js'
import { lossGradient } from '#src/gradient/loss-gradient.js'
import { readLossGradient } from '#src/gradient/read-loss-gradient.js'
import { stopGradient } from '#src/gradient/stop-gradient.js'
import { describeOnBackends } from './backends.js'
import { relativeError } from './reference.js'
import { smallCentreWord, smallClassifier } from './small-victims.js'

describe('readLossGradient', () => {
  it('gives loss [B] and gradient [B, C, D], zeros beyond the length of an example', async () => {
    const victim = smallClassifier()
    const read = await readLossGradient(victim, [
      { text: 'The quick, unheard-of fox!', label: 'neutral' },
      { ids: [4], label: 2 },
    ])
    expect(read.shape).toEqual([2, 3, 7])
    expect([...read.lengths]).toEqual([3, 1])
    expect(read.logits).toHaveLength(6)
    const batch = embed(victim.embeddings, [Int32Array.of(0, 1, 3), Int32Array.of(4)])
    const plain = lossGradient(victim, batch, Int32Array.of(1, 2))
    expect(read.loss).toEqual(plain.loss)
    expect(read.gradient.slice(0, 28)).toEqual(plain.gradient)
    expect([...read.gradient.slice(28)]).toEqual(new Array(14).fill(0))
  })

  it('differentiates the objective asked for', async () => {
    const victim = smallCentreWord()
    const { loss, logits } = await readLossGradient(victim, [{ text: 'the ___ fox', label: 'quick' }], {
      objective: 'margin',
    })
    const others = logits.filter((_, k) => k !== 1)
    expect(loss[0]).toBeCloseTo(Math.max(...others) - logits[1], 6)
  })

  const good = { text: 'fox', label: 'neutral' } as const
  it.each([
    ['an empty list', [], 'examples: the list is empty; give at least one'],
    ['no known word', [good, { text: 'xyzzy', label: 0 }], 'examples[1]: no known word'],
    [
      'an unknown label',
      [good, good, { text: 'fox', label: 'maybe' }],
      "examples[2]: unknown label 'maybe'; the model knows negative, neutral, positive",
    ],
    ['a label too high', [{ text: 'fox', label: 3 }], 'examples[0]: unknown label number 3'],
    ['half a label', [{ text: 'fox', label: 0.5 }], 'examples[0]: unknown label number 0.5'],
    ['a word beyond the vocabulary', [{ ids: [0, 12], label: 0 }], 'examples[0]: no word has the number 12'],
    ['half a word', [{ ids: [1.5], label: 0 }], 'examples[0]: no word has the number 1.5'],
  ])('refuses %s', async (_, examples, message) => {
    const read = readLossGradient(smallClassifier(), examples)
    await expect(read).rejects.toThrow(UserError)
    await expect(read).rejects.toThrow(message)
  })

  it('does not list 20,000 labels', async () => {
    const victim = smallCentreWord()
    const labels = Array.from({ length: 21 }, (_, i) => `w${i}`)
    Object.defineProperty(victim, 'labels', { value: labels })
    await expect(readLossGradient(victim, [{ ids: [1], label: 'maybe' }])).rejects.toThrow('the model knows 21 labels')
  })

  it.each([Number.NaN, Infinity])('names the example and the word whose vector holds %d', async (value) => {
    const victim = smallClassifier()
    victim.embeddings.vectors[3 * 7 + 6] = value
    const examples = [good, { text: 'a lazy fox', label: 0 }].reverse()
    const message = 'examples[0]: the vector of its known word 3 has a value that is not finite'
    await expect(readLossGradient(victim, examples)).rejects.toThrow(message)
  })

  it('names the example whose loss is not finite', async () => {
    const victim = smallClassifier()
    victim.bias[0] = Number.NaN
    await expect(readLossGradient(victim, [good])).rejects.toThrow('examples[0]: the loss is NaN; look at the weights')
  })
})

describeOnBackends('readLossGradient', (backend) => {
  it('reads many examples as it reads one (1e-6 by norm), and leaves no tensor behind', async () => {
    const victim = smallClassifier()
    const examples = Array.from({ length: 150 }, (_, i) => ({ ids: [i % 12, (i * 5) % 12], label: i % 3 }))
    const before = tf.memory().numTensors
    const all = await readLossGradient(victim, examples)
    const last = await readLossGradient(victim, examples.slice(149))
    expect(relativeError(all.gradient.slice(149 * 14), last.gradient)).toBeLessThan(1e-6)
    expect(relativeError(all.logits.slice(149 * 3), last.logits)).toBeLessThan(1e-6)
    expect(all.loss[149]).toBeCloseTo(last.loss[0], 5)
    expect(tf.memory().numTensors).toBe(before)
    expect(tf.getBackend()).toBe(backend === 'native' ? 'tensorflow' : backend)
  })

  it('differentiates a function of the caller: -log p_y as the built-in loss does (1e-5 by norm)', async () => {
    const victim = smallCentreWord()
    const examples = [
      { ids: [3, 3, 1], label: 2 },
      { ids: [7], label: 0 },
    ]
    const objective = (logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D => {
      const own = tf.cast(tf.oneHot(labels, logits.shape[1]), 'float32')
      return tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), own), 1))
    }
    const [own, builtIn] = [
      await readLossGradient(victim, examples, { objective }),
      await readLossGradient(victim, examples),
    ]
    expect(relativeError(own.gradient, builtIn.gradient)).toBeLessThan(1e-5)
    expect(relativeError(own.loss, builtIn.loss)).toBeLessThan(1e-5)
  })

  it.each([
    ['a constant', (logits: tf.Tensor2D) => tf.ones<tf.Rank.R1>([logits.shape[0]])],
    ['a loss behind stopGradient', (logits: tf.Tensor2D) => tf.sum<tf.Tensor1D>(stopGradient(logits), 1)],
  ] as const)('gives zeros for %s, with a note that says so', async (_, objective) => {
    const notes: string[] = []
    const note = (line: string) => notes.push(line)
    const before = tf.memory().numTensors
    const read = await readLossGradient(smallClassifier(), [{ ids: [1, 2], label: 0 }], { objective, note })
    expect(read.gradient).toEqual(new Float32Array(14))
    expect(notes).toEqual(['the gradient is zero at every word: the loss does not depend on the embedded words'])
    expect(tf.memory().numTensors).toBe(before)
  })

  it.each([
    [
      'NaN for one example',
      (logits: tf.Tensor2D) => tf.log(tf.sub(tf.max(logits, 1), tf.tensor1d([-1e9, 1e9]))),
      'examples[1]: the loss is NaN; look at the weights',
    ],
    [
      'an endless slope',
      (logits: tf.Tensor2D) => tf.sqrt(tf.mul(tf.sum(tf.square(logits), 1), 0)),
      'examples[0]: the gradient is not finite; look at the loss',
    ],
    ['a scalar', (logits: tf.Tensor2D) => tf.sum(logits), 'the loss gives [] for 2 examples; [B] is needed'],
    [
      'a tensor that is disposed',
      (logits: tf.Tensor2D) => disposed(tf.sum(logits, 1)),
      'the loss gives a tensor that is disposed already',
    ],
  ] as const)('refuses a function that gives %s, and leaves no tensor', async (_, objective, message) => {
    const examples = [
      { ids: [1, 2], label: 0 },
      { ids: [4], label: 1 },
    ]
    const before = tf.memory().numTensors
    // @ts-expect-error a caller without types may give anything
    const reading = readLossGradient(smallClassifier(), examples, { objective })
    await expect(reading).rejects.toThrow(new UserError(message))
    expect(tf.memory().numTensors).toBe(before)
  })
})

function disposed(tensor: tf.Tensor): tf.Tensor {
  tensor.dispose()
  return tensor
}
