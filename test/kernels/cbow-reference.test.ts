import { describe, expect, it } from 'vitest'
import { CounterStream, Purpose } from '#src/base/random.js'
import { CbowReference, type CbowRule, RowSums, sigmoid, softplus } from '#src/kernels/cbow-reference.js'
import { huffmanTree } from '#src/kernels/huffman-tree.js'

const V = 6
const D = 5

function randomWeights() {
  const stream = new CounterStream(11, Purpose.Demonstration, 0)
  const matrix = () => Float64Array.from({ length: V * D }, () => stream.normal())
  return { input: matrix(), output: matrix(), dimensions: D }
}

const RULE: CbowRule = {
  loss: 'negative-sampling',
  mode: 'mean',
  update: 'corrected',
  train: ['input', 'output'],
}

const plain = { target: 0, context: Int32Array.of(1, 2, 3), negatives: Int32Array.of(4, 5) }
// Context word 2 stands twice, negative 4 twice, and the target 0 is drawn as a negative (to be skipped) and in context.
const repeated = { target: 0, context: Int32Array.of(2, 1, 2, 0), negatives: Int32Array.of(4, 0, 4, 1) }

describe('CbowReference', () => {
  const tree = huffmanTree([9, 7, 4, 2, 1, 1])
  const cases = [
    RULE,
    { ...RULE, mode: 'sum' },
    { ...RULE, loss: 'softmax' },
    { ...RULE, loss: 'hierarchical-softmax', tree },
    { ...RULE, loss: 'hierarchical-softmax', tree, mode: 'sum' },
  ] as CbowRule[]
  it.each(cases.flatMap((rule) => [plain, repeated].map((example) => ({ rule, example }))))(
    'gives the gradient that finite differences give, to 1e-8 ($rule.loss, $rule.mode, context $example.context)',
    ({ rule, example }) => {
      const weights = randomWeights()
      const lossOf = () => new CbowReference(weights, rule).accumulate(example)
      const reference = new CbowReference(weights, rule)
      reference.accumulate(example)
      for (const [matrix, sums] of [
        [weights.input, reference.inputSums],
        [weights.output, reference.outputSums],
      ] as const) {
        for (let i = 0; i < V * D; i++) {
          const value = matrix[i]
          const step = 1e-5
          matrix[i] = value + step
          const above = lossOf()
          matrix[i] = value - step
          const below = lossOf()
          matrix[i] = value
          const difference = (above - below) / (2 * step)
          expect(Math.abs(sums.of(Math.floor(i / D))[i % D] - difference)).toBeLessThan(1e-8)
        }
      }
    },
  )

  it('gives probabilities of all words that add up to 1, by either softmax', () => {
    for (const loss of ['softmax', 'hierarchical-softmax'] as const) {
      const reference = new CbowReference(randomWeights(), { ...RULE, loss, tree })
      let total = 0
      for (let target = 0; target < V; target++) total += Math.exp(-reference.accumulate({ ...plain, target }))
      expect(total).toBeCloseTo(1, 14)
    }
  })

  it('leaves the matrix that shall not learn as it is', () => {
    for (const [learns, stays] of [
      ['input', 'output'],
      ['output', 'input'],
    ] as const) {
      const weights = randomWeights()
      const reference = new CbowReference(weights, { ...RULE, train: [learns] })
      reference.accumulate(plain)
      reference.descend(0.1)
      expect(weights[stays]).toEqual(randomWeights()[stays])
      expect(weights[learns]).not.toEqual(randomWeights()[learns])
    }
  })

  it('takes both steps of a batch at the weights before it', () => {
    const batch = randomWeights()
    const reference = new CbowReference(batch, RULE)
    const second = { ...plain, target: 1, context: Int32Array.of(0, 2) }
    reference.accumulate(plain)
    reference.accumulate(second)
    reference.descend(0.1)

    const start = randomWeights()
    for (const name of ['input', 'output'] as const) {
      const steps = [plain, second].map((example) => {
        const alone = new CbowReference(randomWeights(), RULE)
        alone.accumulate(example)
        return name === 'input' ? alone.inputSums : alone.outputSums
      })
      batch[name].forEach((value, i) => {
        const sum = steps.reduce((total, sums) => total + sums.of(Math.floor(i / D))[i % D], 0)
        expect(Math.abs(value - (start[name][i] - 0.1 * sum))).toBeLessThan(1e-14)
      })
    }
  })
})

describe('RowSums', () => {
  it('sums by row, descends once, and begins again from nothing', () => {
    const sums = new RowSums(40, 2)
    for (let row = 0; row < 40; row++) sums.add(row, 1, Float64Array.of(row, 1))
    sums.add(7, 2, Float64Array.of(9, 1, 2), 1)
    const matrix = new Float64Array(80)
    expect([...sums.of(7)]).toEqual([9, 5])
    sums.descend(matrix, 0.5)
    expect([...matrix.subarray(14, 18)]).toEqual([-4.5, -2.5, -4, -0.5])
    expect(sums.rows).toEqual([])
    sums.add(3, 1, Float64Array.of(1, 1))
    expect([...sums.of(3)]).toEqual([1, 1])
    expect([...sums.of(7)]).toEqual([0, 0])
  })
})

describe('sigmoid and softplus', () => {
  it.each([-800, -30, -1, 0, 1, 30, 800])('are finite and complementary at %d', (x) => {
    expect(sigmoid(x) + sigmoid(-x)).toBeCloseTo(1, 15)
    expect(softplus(x) - softplus(-x)).toBeCloseTo(x, 12)
  })
})
