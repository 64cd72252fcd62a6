import { beforeAll, describe, expect, it } from 'vitest'
import { embed } from '#src/gradient/embed.js'
import { lossGradient } from '#src/gradient/loss-gradient.js'
import { lossOf } from '#src/gradient/objective.js'
import { SALIENCIES, SCALARS } from '#src/gradient/saliency/names.js'
import { saliency } from '#src/gradient/saliency/saliency.js'
import { scalarOf } from '#src/gradient/saliency/scalar.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { CurvedVictim } from '../../attacks/small-victims.js'
import { centralDifferences, relativeError } from '../reference.js'
import { normals, smallCentreWord, smallClassifier, smallEmbeddings } from '../small-victims.js'

beforeAll(() => useTensorBackend('cpu').then(() => {}))

const EXAMPLES = [[4], [1, 2, 3], [0, 5, 0, 7]].map((ids) => Int32Array.from(ids))
const LABELS = Int32Array.of(1, 0, 1)
const victims = [
  { name: 'a classifier', victim: smallClassifier() },
  { name: 'a centre word over the sum', victim: smallCentreWord('sum') },
  { name: 'a curved victim', victim: new CurvedVictim(smallEmbeddings(7), normals(8, 7, 0.2)) },
]

describe.each(victims)('saliency of $name', ({ victim }) => {
  const batch = embed(victim.embeddings, EXAMPLES)

  it.each(SCALARS)('reads %s and its gradient as central differences do (2e-3 by norm)', (scalar) => {
    const K = victim.labels.length
    const f = (x: Float64Array) => {
      const logits = victim.logits({ ...batch, embedded: Float32Array.from(x) })
      let sum = 0
      LABELS.forEach((label, b) => {
        const row = logits.subarray(b * K, (b + 1) * K)
        sum += scalar === 'logit' ? row[label] : lossOf(scalar, row, label)
      })
      return sum
    }
    const x = Float64Array.from(batch.embedded)
    const read = scalarOf(victim, LABELS, scalar)(batch)
    expect(relativeError(read.gradient, centralDifferences(f, x, 1e-3))).toBeLessThan(2e-3)
    expect(read.value.reduce((a, b) => a + b)).toBeCloseTo(f(x), 4)
  })

  it('is the length of the gradient, and its product with the words (1e-6)', () => {
    const D = victim.embeddings.dimensions
    const { gradient } = lossGradient(victim, batch, LABELS, 'margin')
    const norms = saliency(victim, batch, LABELS, { method: 'gradient-norm', scalar: 'margin' })
    const products = saliency(victim, batch, LABELS, { method: 'gradient-times-input', scalar: 'margin' })
    norms.forEach((norm, t) => {
      const g = [...gradient.subarray(t * D, (t + 1) * D)]
      expect(norm).toBeCloseTo(Math.hypot(...g), 6)
      expect(products[t]).toBeCloseTo(
        g.reduce((sum, value, d) => sum + value * batch.embedded[t * D + d], 0),
        6,
      )
    })
  })

  it.each(SALIENCIES)('gives by %s an example the same numbers alone and in a batch (1e-6)', (method) => {
    const all = saliency(victim, batch, LABELS, { method })
    EXAMPLES.forEach((ids, b) => {
      const alone = saliency(victim, embed(victim.embeddings, [ids]), LABELS.subarray(b, b + 1), { method })
      alone.forEach((value, i) => {
        expect(value).toBeCloseTo(all[batch.offsets[b] + i], 6)
      })
    })
  })
})

describe('saliency refuses', () => {
  const { victim } = victims[0]
  const batch = embed(victim.embeddings, EXAMPLES)

  it.each([
    ['a label beyond K', Int32Array.of(1, 3, 1), 1, /example 1: label 3 is outside the 3 classes/],
    ['labels too few', Int32Array.of(1), 1, /1 labels for 3 examples/],
    ['no steps', LABELS, 0, /0 steps: a whole number above 0 is needed/],
  ] as const)('%s', (_, labels, steps, says) => {
    expect(() => saliency(victim, batch, labels, { method: 'integrated-gradients', steps })).toThrow(says)
  })
})
