import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { embed } from '#src/gradient/embed.js'
import { lossGradient } from '#src/gradient/loss-gradient.js'
import { OBJECTIVES } from '#src/gradient/objective.js'
import { tapeGradient } from '#src/gradient/tape-gradient.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { backends } from './backends.js'
import { gradient, loss, relativeError } from './reference.js'
import { smallCentreWord, smallClassifier, withTensorLogits } from './small-victims.js'

const victims = [
  { name: 'a classifier', victim: smallClassifier() },
  { name: 'a classifier of two labels', victim: smallClassifier(['negative', 'positive']) },
  { name: 'a centre word over the mean', victim: smallCentreWord('mean') },
  { name: 'a centre word over the sum', victim: smallCentreWord('sum') },
]

/** Of different lengths, the third with a word three times. */
const EXAMPLES = [[4], [1, 2, 3], [0, 5, 0, 7, 0, 9], [8, 11]].map((ids) => Int32Array.from(ids))
const LABELS = Int32Array.of(1, 0, 1, 0)

const cases = victims.flatMap((victim) => OBJECTIVES.map((objective) => ({ ...victim, objective })))

describe('the tape of a loss gradient', () => {
  it.each(victims)(
    'begins at the embedded words alone: each parameter of $name passes stopGradient',
    async ({ victim }) => {
      await useTensorBackend('cpu')
      const stopped: Record<string, boolean> = {}
      const watching = withTensorLogits(victim, (embedded, mask, parameters) => {
        // On the tape so far is what stopGradient has made, and nothing else.
        const made = new Set(tf.engine().state.activeTape?.flatMap(({ outputs }) => outputs.map(({ id }) => id)))
        for (const [name, { id }] of Object.entries(parameters)) stopped[name] = made.has(id)
        return victim.tensorLogits(embedded, mask, parameters)
      })
      tapeGradient(watching, embed(victim.embeddings, EXAMPLES), LABELS, 'margin')
      const onTape = [...victim.parameters].filter(([, { onTape }]) => onTape)
      expect(stopped).toEqual(Object.fromEntries(onTape.map(([name]) => [name, true])))
    },
  )
})

describe.each(backends)('lossGradient on $backend', ({ backend, missing }) => {
  describe.skipIf(missing)('', () => {
    beforeAll(() => useTensorBackend(backend).then(() => {}))

    it.each(cases)('is by its tape the closed form for $name, $objective (1e-5 by norm)', ({ victim, objective }) => {
      const D = victim.embeddings.dimensions
      const batch = embed(victim.embeddings, EXAMPLES)
      const read = tapeGradient(victim, batch, LABELS, objective)
      const withoutTape = lossGradient(victim, batch, LABELS, objective)
      EXAMPLES.forEach((_, b) => {
        const [from, to] = [batch.offsets[b] * D, batch.offsets[b + 1] * D]
        const x = Float64Array.from(batch.embedded.subarray(from, to))
        const exact = gradient(objective, victim.linear, x, D, LABELS[b])
        expect(relativeError(read.gradient.subarray(from, to), exact)).toBeLessThan(1e-5)
        expect(read.loss[b]).toBeCloseTo(loss(objective, victim.linear, x, D, LABELS[b]), 5)
        expect(relativeError(read.gradient.subarray(from, to), withoutTape.gradient.subarray(from, to))).toBeLessThan(
          1e-5,
        )
      })
      expect(relativeError(read.logits, withoutTape.logits)).toBeLessThan(1e-5)
      expect(relativeError(read.loss, withoutTape.loss)).toBeLessThan(1e-5)
    })

    it('is the difference of two output rows for the margin of a given rival (1e-6)', () => {
      const victim = smallClassifier(['a', 'b', 'c', 'd'])
      const D = victim.embeddings.dimensions
      const { output } = victim.linear
      const batch = embed(victim.embeddings, EXAMPLES)
      const rivals = Int32Array.of(3, 2, 0, 1)
      const read = lossGradient(victim, batch, LABELS, 'margin', rivals)
      const taped = tapeGradient(victim, batch, LABELS, 'margin', rivals)
      expect(relativeError(taped.gradient, read.gradient)).toBeLessThan(1e-6)
      expect(relativeError(taped.loss, read.loss)).toBeLessThan(1e-5)
      for (let i = 0; i < read.gradient.length; i++) {
        const b = batch.offsets.findIndex((offset) => offset * D > i) - 1
        const weight = 1 / (batch.offsets[b + 1] - batch.offsets[b])
        const difference = output[rivals[b] * D + (i % D)] - output[LABELS[b] * D + (i % D)]
        expect(read.gradient[i]).toBeCloseTo(weight * difference, 6)
      }
      rivals.forEach((rival, b) => {
        expect(read.loss[b]).toBe(Math.fround(read.logits[b * 4 + rival] - read.logits[b * 4 + LABELS[b]]))
      })
    })

    // TensorFlow's library multiplies one row by another routine than several, which sums in another order.
    const apart = backend === 'native' ? 1e-6 : 0
    it.each(victims)(
      `gives $name by its tape the same one by one as in a ragged batch (${apart} by norm)`,
      ({ victim }) => {
        const D = victim.embeddings.dimensions
        const read = (examples: Int32Array[], labels: Int32Array) =>
          tapeGradient(victim, embed(victim.embeddings, examples), labels, 'cross-entropy')
        const { offsets } = embed(victim.embeddings, EXAMPLES)
        const together = read(EXAMPLES, LABELS)
        EXAMPLES.forEach((ids, b) => {
          const alone = read([ids], LABELS.subarray(b, b + 1))
          const own = together.gradient.slice(offsets[b] * D, offsets[b + 1] * D)
          expect(relativeError(alone.gradient, own)).toBeLessThanOrEqual(apart)
          expect(Math.abs(alone.loss[0] - together.loss[b])).toBeLessThanOrEqual(apart * together.loss[b])
        })
      },
    )

    it('keeps the direction where the victim is sure: p_y = 1 - 1e-9 (1e-5 by norm)', () => {
      const victim = smallClassifier(['negative', 'positive'])
      const D = victim.embeddings.dimensions
      const { output, bias } = victim.linear
      const difference = output.slice(D).map((value, d) => value - output[d])
      const length = difference.reduce((sum, value) => sum + value ** 2, 0)
      const sure = difference.map((value) => (value * (20.7 - bias[1] + bias[0])) / length)
      const batch = { embedded: sure, offsets: Int32Array.of(0, 1), dimensions: D }
      const read = tapeGradient(victim, batch, Int32Array.of(1), 'cross-entropy')
      const exact = gradient('cross-entropy', victim.linear, Float64Array.from(sure), D, 1)
      expect(read.loss[0]).toBeGreaterThan(0)
      expect(read.loss[0]).toBeLessThan(1.1e-9)
      expect(relativeError(read.gradient, exact)).toBeLessThan(1e-5)
    })

    it('takes one of several equal rivals for the margin, not their sum', () => {
      const victim = smallClassifier()
      victim.weights.fill(0)
      victim.bias.fill(0)
      victim.weights.set([5, 1, 1], 0)
      const read = tapeGradient(victim, embed(victim.embeddings, [Int32Array.of(3)]), Int32Array.of(0), 'margin')
      expect(read.loss[0]).toBeCloseTo(-4 * victim.embeddings.vectors[21], 5)
      expect([...read.gradient]).toEqual([-4, 0, 0, 0, 0, 0, 0])
    })
  })
})

describe('lossGradient', () => {
  const victim = smallClassifier()
  const batch = embed(victim.embeddings, [Int32Array.of(1, 2)])
  it.each([
    ['an example of no words', { ...batch, offsets: Int32Array.of(0, 0, 2) }, [0, 0], /example 0 has no words/],
    ['a label outside the classes', batch, [3], /label 3 is outside the 3 classes/],
    ['a label below 0', batch, [-1], /label -1/],
    ['a label too few', batch, [], /0 labels for 1 examples/],
    ['a value too few', { ...batch, embedded: batch.embedded.subarray(1) }, [0], /13 values for 2 positions/],
  ])('refuses %s', (_, wrong, labels, message) => {
    expect(() => lossGradient(victim, wrong, Int32Array.from(labels))).toThrow(message)
  })
})
