import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { UserError } from '#src/base/errors.js'
import { embed } from '#src/gradient/embed.js'
import { lossGradient } from '#src/gradient/loss-gradient.js'
import { readLossGradient } from '#src/gradient/read-loss-gradient.js'
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
})
