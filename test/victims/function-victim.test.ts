import * as tf from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'
import { embed } from '#src/gradient/embed.js'
import { lossGradient } from '#src/gradient/loss-gradient.js'
import { ReadOnlyProof } from '#src/gradient/proof.js'
import { tapeGradient } from '#src/gradient/tape-gradient.js'
import { FunctionVictim, type FunctionVictimParts } from '#src/victims/function-victim.js'
import { describeOnBackends } from '../gradient/backends.js'
import { smallClassifier } from '../gradient/small-victims.js'

const classifier = smallClassifier()
const { embeddings, labels, tokenizer, weights, bias } = classifier

/** The classifier once more, as a function of the user's. */
const parts: FunctionVictimParts = {
  labels,
  embeddings,
  tokenizer,
  parameters: new Map([
    ['weights', { values: weights, shape: [7, 3] }],
    ['bias', { values: bias, shape: [3] }],
  ]),
  logits: (embedded, mask, parameters) => classifier.tensorLogits(embedded, mask, parameters),
}

const EXAMPLES = [[4], [1, 2, 3], [0, 5, 0]].map((ids) => Int32Array.from(ids))
const batch = embed(embeddings, EXAMPLES)

describeOnBackends('FunctionVictim', () => {
  const victim = new FunctionVictim(parts)

  it('gives the logits of its function (1e-5), each row the same bytes alone as in a batch', () => {
    const logits = victim.logits(batch)
    classifier.logits(batch).forEach((z, i) => {
      expect(Math.abs(logits[i] - z)).toBeLessThan(1e-5)
    })
    EXAMPLES.forEach((ids, b) => {
      expect(victim.logits(embed(embeddings, [ids]))).toEqual(logits.slice(b * 3, b * 3 + 3))
    })
  })

  it('is differentiated as the victim it copies', () => {
    const truths = Int32Array.of(2, 0, 1)
    const byTape = tapeGradient(classifier, batch, truths)
    expect(lossGradient(victim, batch, truths)).toEqual(byTape)
  })

  it('reads texts, and is watched by the proof', () => {
    expect([...victim.encode('the lazy wombat').ids]).toEqual([0, 7])
    const proof = new ReadOnlyProof(victim)
    victim.logits(batch)
    proof.verify()
    bias[0]++
    expect(() => proof.verify()).toThrow('moved: bias')
    bias[0]--
  })

  it('leaves no tensor behind', () => {
    const before = tf.memory().numTensors
    victim.logits(batch)
    expect(tf.memory().numTensors).toBe(before)
  })

  it('says what shape its function gives when it is wrong', () => {
    const wrong = new FunctionVictim({ ...parts, logits: (embedded) => tf.sum(embedded, 1) })
    expect(() => wrong.logits(batch)).toThrow('the function gives [1, 7] for 1 examples and 3 labels; [B, K] is needed')
  })

  it('refuses a second array of the name embeddings', () => {
    const parameters = new Map([['embeddings', { values: weights, shape: [7, 3] }]])
    expect(() => new FunctionVictim({ ...parts, parameters })).toThrow("'embeddings' is taken")
  })
})
