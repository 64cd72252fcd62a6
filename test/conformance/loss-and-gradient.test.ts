import { describe, expect, it } from 'vitest'
import { normOf } from '#src/base/norm.js'
import { CounterStream, Purpose } from '#src/base/random.js'
import { lossGradient } from '#src/gradient/loss-gradient.js'
import { OBJECTIVES } from '#src/gradient/objective.js'
import { CbowReference, type CbowRule, sigmoid, softplus } from '#src/kernels/cbow-reference.js'
import { centralDifferences, gradient, loss, relativeError } from '../gradient/reference.js'
import { batchOf, changeOf, D, linearTrials } from './trials.js'

describe('Loss and gradient: full softmax', () => {
  it.each(linearTrials)(
    '%s: L = -log p_y and g = a U^T (p - e_y), a the weight of a position: of 100 texts (1e-6 of L, 1e-5 by norm)',
    (_, { victim, cases }) => {
      for (const { x, label } of cases) {
        const y = (label + 1) % victim.labels.length
        const read = lossGradient(victim, batchOf(x), Int32Array.of(y))
        const exact = loss('cross-entropy', victim.linear, Float64Array.from(x), D, y)
        expect(Math.abs(read.loss[0] - exact)).toBeLessThan(1e-6 * Math.max(1, exact))
        const expected = gradient('cross-entropy', victim.linear, Float64Array.from(x), D, y)
        expect(relativeError(read.gradient, expected)).toBeLessThan(1e-5)
      }
    },
  )

  it.each(linearTrials.flatMap(([name, trial]) => OBJECTIVES.map((objective) => [name, objective, trial] as const)))(
    '%s, %s: those formulas are the central differences of the loss (1e-8 by norm, of gradients of norm 1 and more)',
    (_, objective, { victim, cases }) => {
      for (const { x, label } of cases.slice(0, 40)) {
        const at = Float64Array.from(x)
        const differences = centralDifferences((y) => loss(objective, victim.linear, y, D, label), at)
        const read = gradient(objective, victim.linear, at, D, label)
        expect(normOf('l2', changeOf(read, differences))).toBeLessThan(1e-8 * Math.max(1, normOf('l2', read)))
      }
    },
  )

  it.each(linearTrials)('%s: g is the same at every position, bit by bit', (_, { victim, cases }) => {
    for (const { x, label } of cases) {
      const read = lossGradient(victim, batchOf(x), Int32Array.of(label)).gradient
      for (let i = D; i < read.length; i++) expect(read[i]).toBe(read[i - D])
    }
  })
})

const V = 5

/** A centre word with its context and negatives; repeats, and negatives that are the target, are frequent. */
function example(seed: number) {
  const stream = new CounterStream(seed, Purpose.Demonstration, 9)
  const words = (count: number) => Int32Array.from({ length: count }, () => stream.below(V))
  const matrix = () => Float64Array.from({ length: V * D }, () => stream.normal())
  const target = stream.below(V)
  return {
    weights: { input: matrix(), output: matrix(), dimensions: D },
    example: { target, context: words(1 + stream.below(6)), negatives: words(stream.below(7)) },
  }
}

const ruleOf = (mode: CbowRule['mode'], update: CbowRule['update'] = 'corrected'): CbowRule => ({
  loss: 'negative-sampling',
  mode,
  update,
  train: ['input', 'output'],
})

/** Everything that the section says, from the words: [V, D] each. */
function byDefinition(
  { weights: { input, output }, example: { target, context, negatives } }: ReturnType<typeof example>,
  isMean: boolean,
) {
  const a = isMean ? 1 / context.length : 1
  const h = new Float64Array(D)
  for (const word of context) for (let d = 0; d < D; d++) h[d] += a * input[word * D + d]
  const score = (word: number) => h.reduce((sum, value, d) => sum + value * output[word * D + d], 0)
  const drawn = [...negatives].filter((negative) => negative !== target)
  const occurrences = [{ word: target, sign: 1 }, ...drawn.map((word) => ({ word, sign: 0 }))]
  const e = new Float64Array(D)
  const dU = new Float64Array(V * D)
  const dW = new Float64Array(V * D)
  let loss = softplus(-score(target))
  for (const word of drawn) loss += softplus(score(word))
  for (const { word, sign } of occurrences) {
    const g = sigmoid(score(word)) - sign
    for (let d = 0; d < D; d++) {
      dU[word * D + d] += g * h[d]
      e[d] += g * output[word * D + d]
    }
  }
  for (const word of context) for (let d = 0; d < D; d++) dW[word * D + d] += a * e[d]
  return { loss, dU, dW }
}

const dense = (sums: { of(row: number): Float64Array }) =>
  Float64Array.from(Array.from({ length: V }, (_, row) => [...sums.of(row)]).flat())

const farthest = (a: Float64Array, b: Float64Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0)

describe('Loss and gradient: negative sampling', () => {
  it.each(['mean', 'sum'] as const)(
    'over the %s: L, dL/du_j and dL/dW[w] = (count of w) a e are as they are written, of 400 examples (1e-13)',
    (mode) => {
      for (let seed = 1; seed <= 400; seed++) {
        const given = example(seed)
        const reference = new CbowReference(given.weights, ruleOf(mode))
        const { loss, dU, dW } = byDefinition(given, mode === 'mean')
        expect(Math.abs(reference.accumulate(given.example) - loss)).toBeLessThan(1e-13)
        expect(farthest(dense(reference.outputSums), dU)).toBeLessThan(1e-13)
        expect(farthest(dense(reference.inputSums), dW)).toBeLessThan(1e-13)
      }
    },
  )

  it.each(['mean', 'sum'] as const)(
    'over the %s: finite differences agree, with a repeated context word and a repeated negative too (2.5e-9)',
    (mode) => {
      let repeated = 0
      for (let seed = 1; seed <= 40; seed++) {
        const given = example(seed)
        const { context, negatives } = given.example
        if (new Set(context).size < context.length && new Set(negatives).size < negatives.length) repeated++
        const lossAt = (weights: Float64Array) =>
          new CbowReference(
            { input: weights.subarray(0, V * D), output: weights.subarray(V * D), dimensions: D },
            ruleOf(mode),
          ).accumulate(given.example)
        const at = Float64Array.from([...given.weights.input, ...given.weights.output])
        const reference = new CbowReference(given.weights, ruleOf(mode))
        reference.accumulate(given.example)
        const read = Float64Array.from([...dense(reference.inputSums), ...dense(reference.outputSums)])
        expect(farthest(centralDifferences(lossAt, at), read)).toBeLessThan(2.5e-9)
      }
      expect(repeated).toBeGreaterThan(10)
    },
  )

  it('e is taken with u before the update: a step of both matrices is one along the gradient (1e-13)', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const given = example(seed)
      const { dU, dW } = byDefinition(given, true)
      const { input, output } = given.weights
      const [W, U] = [input.slice(), output.slice()]
      const reference = new CbowReference(given.weights, ruleOf('mean'))
      reference.accumulate(given.example)
      reference.descend(0.7)
      expect(
        farthest(
          input,
          W.map((value, i) => value - 0.7 * dW[i]),
        ),
      ).toBeLessThan(1e-13)
      expect(
        farthest(
          output,
          U.map((value, i) => value - 0.7 * dU[i]),
        ),
      ).toBeLessThan(1e-13)
    }
  })

  it("word2vec's update of a mean forgets the 1/C: C times the true gradient of W, the same of U (1e-13)", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const given = example(seed)
      const [corrected, word2vec] = (['corrected', 'word2vec'] as const).map((update) => {
        const reference = new CbowReference(given.weights, ruleOf('mean', update))
        return {
          loss: reference.accumulate(given.example),
          dW: dense(reference.inputSums),
          dU: dense(reference.outputSums),
        }
      })
      const C = given.example.context.length
      expect(
        farthest(
          word2vec.dW,
          corrected.dW.map((value) => C * value),
        ),
      ).toBeLessThan(1e-13)
      expect([word2vec.loss, word2vec.dU]).toEqual([corrected.loss, corrected.dU])
    }
  })

  it('a sum has no 1/C to forget: either update is the true gradient, bit by bit', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const given = example(seed)
      const [corrected, word2vec] = (['corrected', 'word2vec'] as const).map((update) => {
        const reference = new CbowReference(given.weights, ruleOf('sum', update))
        return [reference.accumulate(given.example), dense(reference.inputSums), dense(reference.outputSums)]
      })
      expect(word2vec).toEqual(corrected)
    }
  })
})
