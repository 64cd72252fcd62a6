import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AttackDefinition } from '#src/attacks/attack.js'
import { createAttack } from '#src/attacks/create-attack.js'
import { attackDefinitions, attacks, findAttack } from '#src/attacks/index.js'
import { UserError } from '#src/base/errors.js'
import { generateAdversarial, type InputRow } from '#src/evaluate/generate-adversarial.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import type { Victim } from '#src/gradient/victim.js'
import { wordTokenizer } from '#src/text/word-tokenizer.js'
import { FunctionVictim } from '#src/victims/function-victim.js'
import { drain } from './collect.js'
import { smallVictim, threeLabelVictim } from './small-victim.js'

beforeAll(() => useTensorBackend('cpu'))

const folder = mkdtempSync(join(tmpdir(), 'cbow-adversarial-bad-rows-'))
const file = (name: string, content: string) => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
afterAll(() => rmSync(folder, { recursive: true }))

const ROWS: readonly InputRow[] = [
  { text: 'Good film', label: 'positive' },
  { text: 'A great, lovely plot!', label: 'positive' },
  { text: 'the plot was awful', label: 'negative' },
  { text: 'grim and cold, but great', label: 'negative' },
]

type Options = Parameters<typeof generateAdversarial>[3]

function run(
  definition: AttackDefinition,
  rows: readonly InputRow[],
  options: Options = {},
  own = {},
  victim: Victim = smallVictim(),
) {
  // What an attack learns it learns here from rows that can be answered for.
  const learned = definition.name === 'trigger' ? { learned: [13, 15, 17] } : {}
  const learnedVector = definition.name === 'universal' ? { learned: [-1, 0, 0] } : {}
  return drain(
    generateAdversarial(victim, createAttack(definition, { ...learned, ...learnedVector, ...own }), rows, options),
  )
}

const named = (definitions: readonly AttackDefinition[]) =>
  definitions.map((definition) => [definition.name, definition] as const)
const ofKind = (kind: string) => named(attackDefinitions.filter((definition) => definition.kind === kind))
/** Those that take words from a list of candidates. */
const swapping = named(attackDefinitions.filter(({ options }) => 'minCosine' in options.shape))
const everyAttack = named(attackDefinitions)
/** Those that can be told a label to reach: input reduction keeps the label. */
const aiming = named(attackDefinitions.filter(({ name }) => name !== 'input-reduction'))
/** Those for any victim. */
const general = named(attackDefinitions.filter(({ name }) => name !== 'exact-swaps'))

describe('contradicting options are one clear error', () => {
  it.each(ofKind('words'))('%s: an epsilon, relative or not, and snapping', async (name, definition) => {
    expect(() => createAttack(definition, { epsilon: 1 })).toThrow(`attack ${name}: unknown option 'epsilon'`)
    const given: readonly (readonly [Options, string])[] = [
      [{ epsilons: [1] }, `attack ${name} has no epsilon; leave --epsilon out`],
      [{ relativeEpsilon: true }, `attack ${name}: no epsilon to be relative`],
      [{ snap: true }, `attack ${name} gives words already; leave --snap out`],
    ]
    for (const [options, message] of given) {
      await expect(run(definition, ROWS, options)).rejects.toThrow(UserError)
      await expect(run(definition, ROWS, options)).rejects.toThrow(message)
    }
  })

  it.each(ofKind('continuous'))('%s: a number of words, and candidates', (name, definition) => {
    for (const own of [{ maxWords: 2 }, { minCosine: 0.5 }]) {
      expect(() => createAttack(definition, own)).toThrow(UserError)
      expect(() => createAttack(definition, own)).toThrow(`attack ${name}: unknown option '${Object.keys(own)[0]}'`)
    }
  })

  it('DLR on too few labels', async () => {
    await expect(run(findAttack('apgd'), ROWS, {}, { objective: 'dlr' })).rejects.toThrow(
      'attack apgd: objective dlr needs 3 labels, the model has 2; use margin',
    )
    await expect(
      run(findAttack('pgd'), ROWS, { target: 'odd' }, { objective: 'dlr' }, threeLabelVictim()),
    ).rejects.toThrow('needs 4 labels, the model has 3')
  })
})

describe('a budget of 0 gives back the input, marked Failed', () => {
  it.each(ofKind('continuous'))('%s: epsilon 0', async (_, definition) => {
    const { items, returned } = await run(definition, ROWS, {}, { epsilon: 0 })
    for (const { resultType, linf, perturbedText, originalText } of items) {
      expect([resultType, linf]).toEqual(['Failed', 0])
      expect(perturbedText).toBe(originalText)
    }
    expect(returned).toMatchObject({ rows: 4, failed: 4, successful: 0 })
  })

  it.each(swapping)('%s: 0 words', async (_, definition) => {
    const { items } = await run(definition, ROWS, {}, { maxWords: 0 })
    items.forEach(({ resultType, perturbedText, wordsChanged, l2 }, i) => {
      expect([resultType, perturbedText, wordsChanged, l2]).toEqual(['Failed', ROWS[i].text, 0, 0])
    })
  })
})

describe('constraints that leave no candidate: Failed, with the reason in the row and the summary', () => {
  const choices: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ['a pattern that no word matches', { pattern: '^[0-9]+$' }],
    [
      'words that are all protected',
      { protectedWords: file('protected.txt', smallVictim().embeddings.vocabulary.words.join('\n')) },
    ],
    ['synonyms of none of the words', { candidates: file('synonyms.json', '{"zebra": ["horse"]}') }],
    ['no edit within a word', { maxWordEdits: 0 }],
    ['no edit within the text', { maxEdits: 0 }],
    ['no share of the words', { maxShare: 0 }],
  ]
  it.each(
    swapping.flatMap(([name, definition]) => choices.map(([what, own]) => [name, what, definition, own] as const)),
  )('%s: %s', async (_, __, definition, own) => {
    const { items, returned } = await run(definition, ROWS, {}, own)
    items.forEach(({ resultType, reason, perturbedText, wordsChanged }, i) => {
      expect([resultType, reason, perturbedText, wordsChanged]).toEqual(['Failed', 'no candidates', ROWS[i].text, 0])
    })
    expect(returned.reasons).toEqual({ 'no candidates': 4 })
  })

  it.each(swapping)('%s: a word whose only candidate is itself', async (_, definition) => {
    const own = { candidates: 'vocabulary', pattern: '^good$' }
    const { items } = await run(definition, [{ text: 'good' }], {}, own)
    expect(items[0]).toMatchObject({ resultType: 'Failed', reason: 'no candidates', wordsChanged: 0 })
  })

  it('where more candidates are not allowed than are worth trying, that is the reason', async () => {
    const text = Array.from({ length: 30_000 }, () => 'good').join(' ')
    const { items } = await run(findAttack('random'), [{ text }], {}, { candidates: 'vocabulary', maxEdits: 0 })
    expect(items[0]).toMatchObject({ resultType: 'Failed', reason: 'no candidate that was tried is allowed' })
  })
})

describe('texts that are hard to attack', () => {
  it.each(everyAttack)('%s: one without a known word is Skipped, and the next is not lost', async (_, definition) => {
    const rows = [{ text: '' }, { text: '...' }, { text: 'xyzzy plugh', label: 'negative' }, ...ROWS]
    const { items, returned } = await run(definition, rows)
    for (const { resultType, reason, numQueries } of items.slice(0, 3)) {
      expect([resultType, reason, numQueries]).toEqual(['Skipped', 'no known word', 0])
    }
    expect(items.slice(3).every(({ resultType }) => resultType !== 'Skipped')).toBe(true)
    expect(returned).toMatchObject({ rows: 7, skipped: 3, reasons: { 'no known word': 3 } })
  })

  it.each(aiming)('%s: one that is at the target is Skipped', async (_, definition) => {
    const { items, returned } = await run(definition, ROWS, { target: 'negative' })
    expect(items.slice(2).map(({ resultType, reason }) => [resultType, reason])).toEqual(
      Array(2).fill(['Skipped', 'at the target already']),
    )
    expect(items.slice(0, 2).every(({ resultType }) => resultType !== 'Skipped')).toBe(true)
    expect(returned.reasons['at the target already']).toBe(2)
  })

  it('input-reduction has no label to reach: one clear error', async () => {
    await expect(run(findAttack('input-reduction'), ROWS, { target: 'negative' })).rejects.toThrow(UserError)
  })

  it.each(everyAttack)(
    '%s: one of 100,000 words comes to an end, within 1.5 GB, and the next row is not lost',
    async (_, definition) => {
      const words = smallVictim().embeddings.vocabulary.words
      const text = Array.from({ length: 100_000 }, (_, i) => words[(i * i) % words.length]).join(' ')
      const candidates = 'minCosine' in definition.options.shape ? { candidates: 'vocabulary' } : {}
      const { items, returned } = await run(definition, [{ text }, ROWS[0]], {}, candidates)
      expect(items).toHaveLength(2)
      expect(returned.skipped).toBe(0)
      expect(process.resourceUsage().maxRSS / 1024).toBeLessThan(1536)
    },
  )
})

/** A victim of the kind that is no closed form, which cannot answer for texts with the word `great`. */
function brokenFor(answer: (embedded: tf.Tensor3D) => tf.Tensor2D): FunctionVictim {
  const { embeddings } = smallVictim()
  return new FunctionVictim({
    labels: ['negative', 'positive'],
    embeddings,
    tokenizer: wordTokenizer,
    logits(embedded, mask) {
      if (tf.max(embedded).dataSync()[0] >= 2) return answer(embedded)
      const mean: tf.Tensor2D = tf.div(tf.sum(embedded, 1), tf.sum(mask, 1, true))
      return tf.matMul(mean, tf.tensor2d([-1, 1, 0, 0, 0, 0], [3, 2]))
    },
  })
}

describe('a victim that cannot answer', () => {
  it.each(everyAttack)('%s: NaN logits of every text are Skipped rows with a reason', async (_, definition) => {
    const broken = smallVictim()
    broken.weights.fill(Number.NaN)
    const { items, returned } = await run(definition, ROWS, {}, {}, broken)
    for (const { resultType, reason } of items) {
      expect([resultType, reason]).toEqual(['Skipped', "the model's logits are not finite"])
    }
    expect(returned.reasons).toEqual({ "the model's logits are not finite": 4 })
  })

  const answers: readonly (readonly [string, string, (embedded: tf.Tensor3D) => tf.Tensor2D])[] = [
    ['NaN', "the model's logits are not finite", ({ shape: [rows] }) => tf.fill<tf.Rank.R2>([rows, 2], Number.NaN)],
    [
      'an exception',
      'the function throws: no more',
      () => {
        throw new Error('no more')
      },
    ],
  ]
  it.each(
    general.flatMap(([name, definition]) =>
      answers.map(([what, ...given]) => [name, what, definition, ...given] as const),
    ),
  )('%s: %s for some texts leaves out those rows alone', async (_, __, definition, reason, answer) => {
    const rows = [...ROWS, { text: 'slow and dull', label: 'negative' }]
    const quick = 'steps' in definition.options.shape ? { steps: 4 } : {}
    const { items, returned } = await run(definition, rows, { batchSize: 3 }, quick, brokenFor(answer))
    expect(items.map(({ row }) => row)).toEqual([1, 2, 3, 4, 5])
    // Those with `great`.
    for (const at of [1, 3]) expect(items[at]).toMatchObject({ resultType: 'Skipped', reason })
    for (const at of [0, 2, 4]) expect(items[at].resultType).not.toBe('Skipped')
    expect(returned).toMatchObject({ rows: 5, skipped: 2 })
  })

  it.each(general)('%s: logits of a wrong shape are one clear error', async (_, definition) => {
    const broken = new FunctionVictim({
      labels: ['negative', 'positive'],
      embeddings: smallVictim().embeddings,
      tokenizer: wordTokenizer,
      logits: () => tf.zeros([1, 3]),
    })
    await expect(run(definition, ROWS, {}, {}, broken)).rejects.toThrow(UserError)
    await expect(run(definition, ROWS, {}, {}, broken)).rejects.toThrow(
      /^the function gives \[1, 3\] for \d+ examples and 2 labels/,
    )
  })
})

describe('a candidate file with words outside the vocabulary', () => {
  it.each(swapping)('%s: they are counted and said once, whatever the number of batches', async (_, definition) => {
    const candidates = file('some.json', JSON.stringify({ good: ['bad', 'zebra'], great: ['awful'], horse: ['zebra'] }))
    const notes: string[] = []
    const progress = { start() {}, update() {}, stop() {}, note: (line: string) => notes.push(line) }
    const { items } = await run(definition, ROWS, { progress, batchSize: 1 }, { candidates })
    expect(items).toHaveLength(4)
    expect(notes).toEqual([expect.stringMatching(/some\.json: 2 of its words are not in the vocabulary/)])
  })
})

it('attacks, whose options are not checked by types, name the option nearest to an unknown one', () => {
  expect(() => attacks.hotflip(JSON.parse('{"maxWord": 2}'))).toThrow(
    "unknown option 'maxWord': did you mean 'maxWords'?",
  )
})
