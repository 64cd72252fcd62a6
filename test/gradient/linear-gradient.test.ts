import { describe, expect, it } from 'vitest'
import { embed } from '#src/gradient/embed.js'
import { linearGradient } from '#src/gradient/linear-gradient.js'
import { linearLogits } from '#src/gradient/linear-logits.js'
import { OBJECTIVES } from '#src/gradient/objective.js'
import { highestOther, predictedLabel } from '#src/gradient/prediction.js'
import type { LinearForm } from '#src/gradient/victim.js'
import { gradient, logits, loss, relativeError } from './reference.js'
import { normals, smallCentreWord, smallClassifier, smallEmbeddings } from './small-victims.js'

/** K labels over D dimensions, with biases: more than one block of rows where K D is large. */
function form(labels: number, dimensions: number, pooling: 'mean' | 'sum', scale = 1): LinearForm {
  return { output: normals(5, labels * dimensions, scale), bias: normals(6, labels), pooling }
}

const FORMS = [
  { name: 'a classifier', linear: smallClassifier().linear, dimensions: 7 },
  { name: 'a centre word', linear: smallCentreWord('sum').linear, dimensions: 7 },
  { name: '2 labels, 1 dimension', linear: form(2, 1, 'mean'), dimensions: 1 },
  { name: '1,001 labels, 33 dimensions', linear: form(1001, 33, 'mean'), dimensions: 33 },
  { name: '503 labels, 100 dimensions, steep', linear: form(503, 100, 'sum', 5), dimensions: 100 },
  { name: '90 labels, 9,000 dimensions', linear: form(90, 9_000, 'mean'), dimensions: 9_000 },
]
const cases = FORMS.flatMap((each) => OBJECTIVES.map((objective) => ({ ...each, objective })))

const EXAMPLES = [[4], [1, 2, 3], [0, 5, 0, 7, 0, 9], [8, 11], [2, 2]].map((ids) => Int32Array.from(ids))
const LABELS = Int32Array.of(1, 0, 1, 0, 1)

describe('linearGradient', () => {
  it.each(cases)(
    'is the float64 reference for $name, $objective (5e-6 by norm)',
    ({ linear, dimensions: D, objective }) => {
      const batch = embed(smallEmbeddings(D), EXAMPLES)
      const labels = LABELS.map((label, b) => (b === 2 ? linear.bias.length - 1 : label))
      const read = linearGradient(linear, batch, labels, objective)
      const judged = linearLogits(linear, batch)
      const K = linear.bias.length
      EXAMPLES.forEach((_, b) => {
        const [from, to] = [batch.offsets[b] * D, batch.offsets[b + 1] * D]
        const x = Float64Array.from(batch.embedded.subarray(from, to))
        const own = read.gradient.subarray(from, to)
        expect(relativeError(own, gradient(objective, linear, x, D, labels[b]))).toBeLessThan(5e-6)
        expect(relativeError([read.loss[b]], [loss(objective, linear, x, D, labels[b])])).toBeLessThan(5e-6)
        const [row, judgedRow] = [read.logits, judged].map((all) => all.subarray(b * K, (b + 1) * K))
        expect(relativeError(row, logits(linear, x, D))).toBeLessThan(5e-6)
        expect(relativeError(judgedRow, logits(linear, x, D))).toBeLessThan(1e-7)
        expect(predictedLabel(row)).toBe(predictedLabel(judgedRow))
        for (const k of [labels[b], highestOther(judgedRow, labels[b])]) expect(row[k]).toBe(judgedRow[k])
      })
    },
  )

  it.each(cases)(
    'gives an example of $name, $objective, the same bytes in any batch',
    ({ linear, dimensions, objective }) => {
      const many = Array.from({ length: 67 }, (_, b) => EXAMPLES[b % 5])
      const labels = Int32Array.from(many, (_, b) => LABELS[b % 5])
      const batch = embed(smallEmbeddings(dimensions), many)
      const together = linearGradient(linear, batch, labels, objective)
      const K = linear.bias.length
      EXAMPLES.forEach((ids, b) => {
        const alone = linearGradient(
          linear,
          embed(smallEmbeddings(dimensions), [ids]),
          LABELS.subarray(b, b + 1),
          objective,
        )
        for (let at = b; at < many.length; at += 5) {
          expect(together.loss[at]).toBe(alone.loss[0])
          expect(together.logits.slice(at * K, (at + 1) * K)).toEqual(alone.logits)
          const [from, to] = [batch.offsets[at] * dimensions, batch.offsets[at + 1] * dimensions]
          expect(together.gradient.slice(from, to)).toEqual(alone.gradient)
        }
      })
    },
  )

  it('keeps the direction where the victim is sure: p_y = 1 - 1e-9 (1e-6 by norm)', () => {
    const victim = smallClassifier(['negative', 'positive'])
    const { linear } = victim
    const D = victim.embeddings.dimensions
    const difference = linear.output.slice(D).map((value, d) => value - linear.output[d])
    const length = difference.reduce((sum, value) => sum + value ** 2, 0)
    const sure = difference.map((value) => (value * (20.7 - linear.bias[1] + linear.bias[0])) / length)
    const batch = { embedded: sure, offsets: Int32Array.of(0, 1), dimensions: D }
    const read = linearGradient(linear, batch, Int32Array.of(1), 'cross-entropy')
    const exact = gradient('cross-entropy', linear, Float64Array.from(sure), D, 1)
    expect(read.loss[0]).toBeGreaterThan(0)
    expect(read.loss[0]).toBeLessThan(1.1e-9)
    expect(relativeError(read.gradient, exact)).toBeLessThan(1e-6)
  })

  it.each(OBJECTIVES)(
    'reads the weights as they are now: one that was changed between two reads counts (%s)',
    (objective) => {
      const linear = form(700, 20, 'mean')
      const batch = embed(smallEmbeddings(20), EXAMPLES)
      const labels = new Int32Array(5).fill(699)
      const before = linearGradient(linear, batch, labels, objective)
      linear.output[699 * 20 + 3] += 0.5
      const after = linearGradient(linear, batch, labels, objective)
      const copied = { ...linear, output: linear.output.slice() }
      expect(after).toEqual(linearGradient(copied, batch, labels, objective))
      expect(relativeError(after.gradient, before.gradient)).toBeGreaterThan(1e-3)
    },
  )

  it('predicts what is judged where float32 would put another label first', () => {
    // Rows that differ in their last bits, by turns: sums in float32 do not tell them apart.
    const [K, D] = [2_000, 64]
    const base = normals(7, D)
    const output = Float32Array.from({ length: K * D }, (_, i) => base[i % D] * (1 + 2 ** -22 * Math.sin(i)))
    const linear: LinearForm = { output, bias: new Float32Array(K), pooling: 'mean' }
    const batch = { embedded: normals(8, 8 * D), offsets: Int32Array.from({ length: 9 }, (_, b) => b), dimensions: D }
    const judged = linearLogits(linear, batch)
    for (const objective of OBJECTIVES) {
      const read = linearGradient(linear, batch, new Int32Array(8), objective)
      for (let b = 0; b < 8; b++) {
        const [row, judgedRow] = [read.logits, judged].map((all) => all.subarray(b * K, (b + 1) * K))
        expect(predictedLabel(row)).toBe(predictedLabel(judgedRow))
        expect(highestOther(row, 0)).toBe(highestOther(judgedRow, 0))
      }
    }
  })

  it('takes the first of several equal rivals for the margin', () => {
    const linear: LinearForm = { output: Float32Array.of(5, 1, 1), bias: new Float32Array(3), pooling: 'mean' }
    const batch = { embedded: Float32Array.of(2), offsets: Int32Array.of(0, 1), dimensions: 1 }
    expect(linearGradient(linear, batch, Int32Array.of(0), 'margin')).toEqual({
      loss: Float32Array.of(-8),
      gradient: Float32Array.of(-4),
      logits: Float32Array.of(10, 2, 2),
    })
  })

  it.each(OBJECTIVES)('has a loss of %s that is NaN where a logit is', (objective) => {
    const linear = form(300, 40, 'mean')
    const batch = embed(smallEmbeddings(40), EXAMPLES)
    for (const row of [0, 7, 299]) {
      linear.bias[row] = Number.NaN
      const { loss } = linearGradient(linear, batch, LABELS, objective)
      expect([...loss].every(Number.isNaN)).toBe(true)
      linear.bias[row] = 0
    }
  })
})
