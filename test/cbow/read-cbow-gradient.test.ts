import { describe, expect, it } from 'vitest'
import { UserError } from '#src/base/errors.js'
import { CbowModel } from '#src/cbow/cbow-model.js'
import { type CbowMode, defaultSettings } from '#src/cbow/cbow-options.js'
import { weighLogits } from '#src/cbow/logit-weights.js'
import { CBOW_GRADIENT_LOSSES, type CbowGradientLoss, readCbowGradient } from '#src/cbow/read-cbow-gradient.js'
import { hashState } from '#src/gradient/proof.js'
import { readLossGradient } from '#src/gradient/read-loss-gradient.js'
import { CbowReference } from '#src/kernels/cbow-reference.js'
import { CentreWord } from '#src/victims/centre-word.js'
import { centralDifferences, relativeError } from '../gradient/reference.js'
import { normals, smallEmbeddings } from '../gradient/small-victims.js'

const D = 5
const V = 12

function model(mode: CbowMode = 'mean', loss: 'negative-sampling' | 'hierarchical-softmax' = 'negative-sampling') {
  const input = smallEmbeddings(D)
  return new CbowModel(input, normals(4, V * D), defaultSettings({ dimensions: D, mode, loss, tokenizer: 'word' }))
}

/** A word three times, a negative twice, a negative that is the target, and the target in the context. */
const EXAMPLES = [
  { context: [3, 1, 3, 7, 3], target: 2, negatives: [5, 8, 5, 2, 0] },
  { context: ['fox'], target: 'dog', negatives: ['the', 'the', 'the'] },
  { context: [2, 9], target: 2, negatives: [] },
]
const forLoss = (loss: CbowGradientLoss) =>
  loss === 'negative-sampling' ? EXAMPLES : EXAMPLES.map(({ context, target }) => ({ context, target }))

/** The summed loss of the examples as a function of all of W and U, in float64, from its definition. */
function lossOfWeights(loss: CbowGradientLoss, mode: CbowMode, weights: Float64Array): number {
  const idOf = (word: string | number) =>
    typeof word === 'number' ? word : (smallEmbeddings(D).vocabulary.idOf(word) ?? -1)
  let total = 0
  for (const { context, target, negatives } of EXAMPLES) {
    const h = Float64Array.from({ length: D }, (_, d) => {
      const sum = context.reduce<number>((all, word) => all + weights[idOf(word) * D + d], 0)
      return mode === 'mean' ? sum / context.length : sum
    })
    const z = Array.from({ length: V }, (_, v) => h.reduce((sum, x, d) => sum + x * weights[(V + v) * D + d], 0))
    const y = idOf(target)
    const softplus = (x: number) => Math.log(1 + Math.exp(x))
    if (loss === 'softmax') total += Math.log(z.reduce((sum, x) => sum + Math.exp(x), 0)) - z[y]
    else if (loss === 'margin') total += Math.max(...z.filter((_, v) => v !== y)) - z[y]
    else {
      total += softplus(-z[y])
      for (const n of negatives.map(idOf)) if (n !== y) total += softplus(z[n])
    }
  }
  return total
}

const dense = ({ ids, rows }: { ids: Int32Array; rows: Float32Array }) => {
  const all = new Float64Array(V * D)
  ids.forEach((id, r) => {
    all.set(rows.subarray(r * D, (r + 1) * D), id * D)
  })
  return all
}

const cases = CBOW_GRADIENT_LOSSES.flatMap((loss) => (['mean', 'sum'] as const).map((mode) => ({ loss, mode })))

describe('readCbowGradient', () => {
  it.each(cases)(
    'is for $loss over the $mode the central difference by all of W and U (1e-6 by norm)',
    ({ loss, mode }) => {
      const cbow = model(mode)
      const read = readCbowGradient(cbow, forLoss(loss), { loss })
      const weights = Float64Array.from([...cbow.input.vectors, ...cbow.outputEmbeddings])
      const differences = centralDifferences((x) => lossOfWeights(loss, mode, x), weights)
      expect(relativeError([...dense(read.input), ...dense(read.output)], differences)).toBeLessThan(1e-6)
      expect(read.loss.reduce((a, b) => a + b)).toBeCloseTo(lossOfWeights(loss, mode, weights), 10)
    },
  )

  it.each(cases)(
    'has for $loss over the $mode the weights of the logits that differences give (1e-9 by norm)',
    ({ loss }) => {
      const { outputEmbeddings } = model()
      const U = Float64Array.from(outputEmbeddings)
      const h = Float64Array.from(normals(9, D))
      const negatives = Int32Array.of(3, 3, 1, 4)
      const byRow = new Float64Array(V)
      for (const { row, weight } of weighLogits(loss, U, h, 1, negatives).weights) byRow[row] += weight
      const byU = U.map((_, i) => byRow[Math.floor(i / D)] * h[i % D])
      const differences = centralDifferences((x) => weighLogits(loss, x, h, 1, negatives).loss, U)
      expect(relativeError(byU, differences)).toBeLessThan(1e-9)
    },
  )

  it.each(['softmax', 'negative-sampling'] as const)(
    'is for %s what the training reference sums (1e-7 by norm)',
    (loss) => {
      const cbow = model()
      const rule = { loss, mode: 'mean', update: 'corrected', train: ['input', 'output'] } as const
      const reference = new CbowReference(
        { input: cbow.input.vectors, output: cbow.outputEmbeddings, dimensions: D },
        rule,
      )
      const [first, , third] = EXAMPLES
      const numbered = [first, third].map(({ context, target, negatives }) => ({
        context: Int32Array.from(context, Number),
        target: Number(target),
        negatives: Int32Array.from(negatives, Number),
      }))
      const losses = numbered.map((example) => reference.accumulate(example))
      const [a, , c] = forLoss(loss)
      const read = readCbowGradient(cbow, [a, c], { loss })
      expect(relativeError(read.loss, losses)).toBeLessThan(1e-12)
      for (const [part, sums] of [
        [read.input, reference.inputSums],
        [read.output, reference.outputSums],
      ] as const) {
        expect([...part.ids]).toEqual([...sums.rows].sort((x, y) => x - y))
        expect(
          relativeError(
            part.rows,
            [...part.ids].flatMap((id) => [...sums.of(id)]),
          ),
        ).toBeLessThan(1e-7)
      }
    },
  )

  it('gives at a position what readLossGradient gives there, and the count of a word times that in its row of W', async () => {
    const cbow = model()
    const [{ context, target }] = EXAMPLES
    const read = readCbowGradient(cbow, [{ context, target }], { loss: 'softmax' })
    const ids = context.map(Number)
    const { gradient } = await readLossGradient(CentreWord.of(cbow), [{ ids, label: Number(target) }])
    for (let i = 0; i < ids.length; i++) {
      expect(relativeError(gradient.subarray(i * D, (i + 1) * D), read.embedded)).toBeLessThan(1e-6)
    }
    const w = dense(read.input).subarray(3 * D, 4 * D)
    expect(
      relativeError(
        w,
        read.embedded.map((value) => 3 * value),
      ),
    ).toBeLessThan(1e-6)
    expect([...read.input.ids]).toEqual([1, 3, 7])
  })

  it('writes nothing', () => {
    const cbow = model()
    const state = new Map([
      ['W', cbow.input.vectors],
      ['U', cbow.outputEmbeddings],
    ])
    const before = hashState(state).total
    for (const loss of CBOW_GRADIENT_LOSSES) readCbowGradient(cbow, forLoss(loss), { loss })
    expect(hashState(state).total).toBe(before)
  })

  it.each([
    ['a batch of none', [], 'softmax', 'examples: the list is empty; give at least one'],
    [
      'an empty context',
      [{ context: [], target: 1 }],
      'softmax',
      'examples[0]: the context is empty; give at least one word',
    ],
    [
      'an unknown word',
      [{ context: ['cat'], target: 1 }],
      'margin',
      "examples[0]: the model does not know the word 'cat'",
    ],
    [
      'a number beyond the words',
      [{ context: [12], target: 1 }],
      'margin',
      'examples[0]: no word has the number 12; the model knows 0 to 11',
    ],
    [
      'an unknown target',
      [{ context: [1], target: -1 }],
      'margin',
      'examples[0]: no word has the number -1; the model knows 0 to 11',
    ],
    [
      'no negatives',
      [{ context: [1], target: 1 }],
      'negative-sampling',
      'examples[0]: give its negatives; reading a gradient draws none',
    ],
    [
      'negatives too many',
      [{ context: [1], target: 1, negatives: [2] }],
      'softmax',
      'examples[0]: loss softmax takes no negatives',
    ],
  ] as const)('refuses %s', (_, examples, loss, message) => {
    expect(() => readCbowGradient(model(), examples, { loss })).toThrow(new UserError(message))
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('names the example of a row that holds %s', (value) => {
    const cbow = model()
    cbow.input.vectors[4 * D] = value
    const examples = [
      { context: [1], target: 2 },
      { context: [3, 4], target: 2 },
    ]
    expect(() => readCbowGradient(cbow, examples, { loss: 'softmax' })).toThrow(
      'examples[1]: the loss is NaN; look at the weights',
    )
  })

  it('refuses a model whose output rows are nodes of a tree', () => {
    expect(() => readCbowGradient(model('mean', 'hierarchical-softmax'), [], { loss: 'softmax' })).toThrow(
      'nodes of a tree',
    )
  })
})
