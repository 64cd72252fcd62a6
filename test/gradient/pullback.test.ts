import { beforeAll, describe, expect, it } from 'vitest'
import { embed } from '#src/gradient/embed.js'
import { lossGradient } from '#src/gradient/loss-gradient.js'
import { pullback, tapePullback } from '#src/gradient/pullback.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { relativeError } from './reference.js'
import { smallCentreWord, smallClassifier } from './small-victims.js'

beforeAll(() => useTensorBackend('cpu'))

const EXAMPLES = [[4], [1, 2, 3], [0, 5, 0, 7, 0, 9], [8, 11]].map((ids) => Int32Array.from(ids))
const LABELS = Int32Array.of(1, 0, 1, 0)

const victims = [
  { name: 'a classifier', victim: smallClassifier() },
  { name: 'a centre word over the sum', victim: smallCentreWord('sum') },
]

describe.each(victims)('pullback: $name', ({ victim }) => {
  const classes = victim.labels.length
  const batch = embed(victim.embeddings, EXAMPLES)

  it('of p - e_y is the gradient of the cross-entropy (1e-5 by norm), beside the same logits (1e-6)', () => {
    const expected = lossGradient(victim, batch, LABELS)
    const read = pullback(victim, batch, (logits) =>
      logits.map((value, i) => {
        const row = logits.subarray(i - (i % classes), i - (i % classes) + classes)
        const probability = Math.exp(value) / row.reduce((sum, other) => sum + Math.exp(other), 0)
        return probability - (i % classes === LABELS[Math.floor(i / classes)] ? 1 : 0)
      }),
    )
    expect(relativeError(read.logits, expected.logits)).toBeLessThan(1e-6)
    expect(relativeError(read.gradient, expected.gradient)).toBeLessThan(1e-5)
  })

  it('by the tape is the same (1e-6 by norm)', () => {
    const weigh = (logits: Float32Array) => logits.map((value, i) => Math.sin(value + i))
    const [closed, taped] = [pullback, tapePullback].map((read) => read(victim, batch, weigh))
    expect(relativeError(closed.gradient, taped.gradient)).toBeLessThan(1e-6)
    expect(relativeError(closed.logits, taped.logits)).toBeLessThan(1e-6)
  })

  it('of no weight is nothing', () => {
    const { gradient } = pullback(victim, batch, (logits) => new Float32Array(logits.length))
    expect(gradient.every((value) => value === 0)).toBe(true)
    expect(gradient.length).toBe(batch.embedded.length)
  })

  it('refuses an example of no words', () => {
    const empty = { embedded: new Float32Array(), offsets: Int32Array.of(0, 0), dimensions: 7 }
    expect(() => pullback(victim, empty, (logits) => logits)).toThrow('example 0 has no words')
  })
})
