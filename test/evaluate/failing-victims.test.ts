import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { attacks } from '#src/attacks/index.js'
import { UserError } from '#src/base/errors.js'
import { evaluate } from '#src/evaluate/evaluate.js'
import { generateAdversarial } from '#src/evaluate/generate-adversarial.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { wordTokenizer } from '#src/text/word-tokenizer.js'
import { FunctionVictim, type FunctionVictimParts } from '#src/victims/function-victim.js'
import { drain } from './collect.js'
import { smallVictim } from './small-victim.js'

beforeAll(() => useTensorBackend('cpu'))

const { embeddings } = smallVictim()
const parts = { labels: ['negative', 'positive'], embeddings, tokenizer: wordTokenizer }

/** Goodness against badness, by the mean of the first dimension. */
function logitsOf(embedded: tf.Tensor3D, mask: tf.Tensor2D): tf.Tensor2D {
  const mean: tf.Tensor2D = tf.div(tf.sum(tf.mul(embedded, tf.expandDims(mask, 2)), 1), tf.sum(mask, 1, true))
  return tf.matMul(mean, tf.tensor2d([-1, 1, 0, 0, 0, 0], [3, 2]))
}

const victimOf = (logits: FunctionVictimParts['logits']) => new FunctionVictim({ ...parts, logits })

/** The sum of everything a victim is shown: it tells texts apart. */
const highest = (embedded: tf.Tensor3D) => tf.max(embedded).dataSync()[0]

const ROWS = ['good film', 'lovely plot', 'great film', 'warm film', 'bad plot'].map((text) => ({ text }))

/** No word of `ROWS` is as good as `great`. */
const fails = (embedded: tf.Tensor3D) => highest(embedded) >= 2

describe.each([
  [
    'throws',
    (embedded: tf.Tensor3D, mask: tf.Tensor2D) => {
      if (fails(embedded)) throw new Error('out of memory\nin a kernel')
      return logitsOf(embedded, mask)
    },
    'the function throws: out of memory',
  ],
  [
    'gives NaN',
    (embedded: tf.Tensor3D, mask: tf.Tensor2D) =>
      fails(embedded) ? tf.fill<tf.Rank.R2>([embedded.shape[0], 2], Number.NaN) : logitsOf(embedded, mask),
    "the model's logits are not finite",
  ],
] as const)('a victim that %s for some examples', (_, logits, reason) => {
  const victim = victimOf(logits)

  it.each([1, 2, 32])('leaves out those rows and no other, in batches of %d', async (batchSize) => {
    const { items, returned } = await drain(
      generateAdversarial(victim, attacks.pgd({ epsilon: 1.2, norm: 'linf', steps: 5 }), ROWS, { batchSize }),
    )
    expect(items.map(({ row }) => row)).toEqual([1, 2, 3, 4, 5])
    // Row 3 cannot be judged as it is.
    expect(items[2]).toMatchObject({ resultType: 'Skipped', reason, perturbedText: 'great film' })
    expect(items[2].originalOutput).toBeUndefined()
    expect(items.filter(({ resultType }) => resultType === 'Successful').map(({ row }) => row)).toContain(4)
    expect(returned.reasons[reason]).toBeGreaterThan(0)
    expect(returned).toMatchObject({ rows: 5 })
  })

  it('leaves a row as it was where the attack makes it fail', async () => {
    const attack = attacks.hotflip({ candidates: 'vocabulary', maxWords: 1 })
    const { items, returned } = await drain(generateAdversarial(victim, attack, [{ text: 'bad plot' }, ROWS[3]]))
    // The best word to put in for a bad text is `great`.
    expect(items[0]).toMatchObject({ resultType: 'Failed', reason, perturbedText: 'bad plot', wordsChanged: 0 })
    expect(items[1].resultType).toBe('Successful')
    expect(returned.reasons).toEqual({ [reason]: 1 })
    expect(await evaluate(victim, items, { attack })).toMatchObject({ differing: 0 })
  })
})

describe('a function that gives no logits', () => {
  it.each([
    ['a wrong shape', () => tf.zeros([1, 3]), /^the function gives \[1, 3\] for \d+ examples and 2 labels; \[B, K\]/],
    ['a vector', () => tf.zeros([2]), /^the function gives \[2\]; a tensor of logits \[B, K\] is needed$/],
    ['nothing', () => undefined, /^the function gives undefined; a tensor of logits/],
    ['an array', () => [[1, 2]], /^the function gives object; a tensor of logits/],
  ])('%s: one line', async (_, gives, message) => {
    // A caller without types.
    const victim: FunctionVictim = Reflect.construct(FunctionVictim, [{ ...parts, logits: gives }])
    const run = drain(generateAdversarial(victim, attacks.pgd(), ROWS))
    await expect(run).rejects.toThrow(UserError)
    await expect(drain(generateAdversarial(victim, attacks.pgd(), ROWS))).rejects.toThrow(message)
  })
})

describe('what cannot be attacked', () => {
  it('says why a row is skipped, and why nothing could be done', async () => {
    const rows = [
      { text: '', label: 'positive' },
      { text: 'dull', label: 'positive' },
      { text: 'awful', label: 'negative' },
      { text: 'good film', label: 'positive' },
    ]
    const { items, returned } = await drain(
      generateAdversarial(smallVictim(), attacks.hotflip({ minCosine: 1 }), rows, { target: 'negative' }),
    )
    const reasons = ['no known word', 'wrong before the attack', 'at the target already', 'no candidates']
    expect(items.map(({ reason }) => reason)).toEqual(reasons)
    expect(items.map(({ resultType }) => resultType)).toEqual(['Skipped', 'Skipped', 'Skipped', 'Failed'])
    expect(returned.reasons).toEqual(Object.fromEntries(reasons.map((reason) => [reason, 1])))
  })

  it('sums up many reasons as other', async () => {
    let calls = 0
    const victim = victimOf(() => {
      throw new Error(`call ${++calls}`)
    })
    const rows = Array.from({ length: 40 }, () => ({ text: 'good film' }))
    const { returned } = await drain(generateAdversarial(victim, attacks.pgd(), rows))
    expect(Object.keys(returned.reasons)).toHaveLength(21)
    expect(returned).toMatchObject({ rows: 40, skipped: 40, reasons: { other: 20 } })
  })
})
