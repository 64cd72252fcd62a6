import { beforeAll, describe, expect, it } from 'vitest'
import type { Attack } from '#src/attacks/attack.js'
import { createAttack } from '#src/attacks/create-attack.js'
import { attackDefinitions, attacks } from '#src/attacks/index.js'
import { editedText } from '#src/constraints/edited-text.js'
import { evaluate } from '#src/evaluate/evaluate.js'
import { generateAdversarial, type InputRow } from '#src/evaluate/generate-adversarial.js'
import { editWords } from '#src/gradient/edit.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import type { Victim } from '#src/gradient/victim.js'
import { drain } from '../evaluate/collect.js'
import { editsBy, flipsWith } from './runs.js'
import { predict, smallExamples } from './small-examples.js'
import { curvedVictim, leaningVictim, linearVictim, smallEmbeddings } from './small-victims.js'

beforeAll(() => useTensorBackend('cpu'))

const WORDS = 40
const embeddings = smallEmbeddings(WORDS, 8, 1)
const twoLabels = leaningVictim(embeddings)
const sevenLabels = linearVictim(embeddings, 7, 4)
const curved = curvedVictim(embeddings)

const names = attackDefinitions.filter(({ kind }) => kind === 'words').map(({ name }) => name)
/** Knows only linear victims. */
const isExact = (name: string) => name === 'exact-swaps'
/** It keeps the label. */
const keepsLabel = (name: string) => name === 'input-reduction'

/** It puts words before the text, and asks nothing of candidates. */
const prepends = (name: string) => name === 'trigger'

/** The attack with those of these options that it has. */
function attackNamed(name: string, options: Readonly<Record<string, unknown>> = {}): Attack {
  const wanted = { learned: [3, 1, 4], ...options }
  const definition = attackDefinitions.find((each) => each.name === name)!
  const own = Object.fromEntries(Object.entries(wanted).filter(([key]) => key in definition.options.shape))
  return createAttack(definition, own)
}

const rowsOf = (victim: Victim, count: number, seed: number): InputRow[] =>
  smallExamples(victim, count, seed).map(({ encoded, label }) => ({ text: encoded.text, label: victim.labels[label] }))

describe.each(names)('%s', (name) => {
  const victims = [
    { of: 'two labels', victim: twoLabels },
    { of: 'seven labels', victim: sevenLabels },
    ...(isExact(name) ? [] : [{ of: 'a victim that is not linear', victim: curved }]),
  ]

  it.each(victims)('gives a batch what it gives one by one, and again: $of', ({ victim }) => {
    const examples = smallExamples(victim, 7, 16)
    const attack = attackNamed(name, { neighbours: 8, maxWords: 3 })
    const together = editsBy(attack, victim, examples)
    expect(editsBy(attackNamed(name, { neighbours: 8, maxWords: 3 }), victim, examples)).toEqual(together)
    expect(examples.flatMap((example) => editsBy(attack, victim, [example]))).toEqual(together)
  })

  it.each(victims)('changes at most as many words as it may, into texts that read back: $of', ({ victim }) => {
    const examples = smallExamples(victim, 15, 17)
    const attack = attackNamed(name, { candidates: 'vocabulary', maxWords: 2, tries: 3 })
    editsBy(attack, victim, examples).forEach((edits, b) => {
      const { encoded } = examples[b]
      if ('maxWords' in attack.options) expect(edits.length).toBeLessThanOrEqual(2)
      const { text } = editedText(encoded, edits, embeddings.vocabulary)
      expect(victim.encode(text).ids).toEqual(editWords(encoded.ids, edits).ids)
    })
  })

  it.each(victims)('is judged to have done what it claims, on every row: $of', async ({ victim }) => {
    const attack = attackNamed(name, { neighbours: 10, maxWords: 3, tries: 3 })
    const { items: results, returned: summary } = await drain(
      generateAdversarial(victim, attack, rowsOf(victim, 20, 18)),
    )
    const report = await evaluate(victim, results, { attack })
    expect(report.differing).toBe(0)
    expect(report.successful).toBe(summary.successful)
    const asksTexts = ['gcg', 'nearest-walk', 'pwws', 'word-importance', 'genetic'].includes(name)
    for (const { numQueries, numForwards, numGradients, numCacheHits } of results) {
      expect(numCacheHits !== undefined).toBe(asksTexts)
      expect(numQueries).toBe(numForwards + numGradients)
    }
  })

  it('keeps to its budget of queries, and does no better with less', async () => {
    const rows = rowsOf(sevenLabels, 12, 19)
    const attack = attackNamed(name, { candidates: 'vocabulary', maxWords: 3, tries: 30 })
    let before = -1
    for (const queries of [0, 1, 5, 40]) {
      const { items: results, returned: summary } = await drain(
        generateAdversarial(sevenLabels, attack, rows, { queries }),
      )
      for (const { numForwards } of results) expect(numForwards).toBeLessThanOrEqual(queries)
      if (queries === 0) expect(summary.successful).toBe(0)
      expect(summary.successful).toBeGreaterThanOrEqual(before - 1)
      before = summary.successful
    }
  })

  it('leaves a text as it is where there is no candidate, and where no word may change', async () => {
    if (keepsLabel(name) || prepends(name)) return
    const rows = rowsOf(twoLabels, 5, 20)
    for (const options of [{ minCosine: 1 }, { maxWords: 0 }]) {
      const { items: results } = await drain(generateAdversarial(twoLabels, attackNamed(name, options), rows))
      for (const { resultType, originalText, perturbedText } of results) {
        expect([resultType, perturbedText]).toEqual(['Failed', originalText])
      }
    }
  })

  it('skips a text without a word, and one that is at the target', async () => {
    const target = twoLabels.labels[predict(twoLabels, twoLabels.encode('w1 w2 w3').ids)]
    const { items: results } = await drain(
      generateAdversarial(twoLabels, attackNamed(name), [{ text: '' }, { text: '...' }, { text: 'w1 w2 w3' }], {
        target: keepsLabel(name) ? undefined : target,
      }),
    )
    expect(results.slice(0, 2).map(({ resultType }) => resultType)).toEqual(['Skipped', 'Skipped'])
    if (!keepsLabel(name)) expect(results[2].resultType).toBe('Skipped')
  })

  it('comes to an end with a text of 100,000 words', { timeout: 120_000 }, async () => {
    const text = Array.from({ length: 100_000 }, (_, i) => `w${(i * i) % WORDS}`).join(' ')
    const attack = attackNamed(name, { neighbours: 5, beam: 2, steps: 2, samples: 4, tried: 3, population: 3 })
    // One of those that ask for many texts shows that they end without a budget too.
    const queries = name === 'pwws' ? undefined : 5
    const { items: results } = await drain(generateAdversarial(twoLabels, attack, [{ text }], { queries }))
    expect(results).toHaveLength(1)
  })
})

describe('exact-swaps', () => {
  const others = names.filter((name) => !isExact(name) && !keepsLabel(name) && !prepends(name))

  it.each(others)('never needs more words than %s, and flips whatever it flips', (name) => {
    for (const victim of [twoLabels, sevenLabels]) {
      const examples = smallExamples(victim, 40, 21)
      const options = { candidates: 'vocabulary', maxWords: 3, tries: 50, tried: WORDS }
      const exact = editsBy(attacks.exactSwaps({ candidates: 'vocabulary', maxWords: 3 }), victim, examples)
      editsBy(attackNamed(name, options), victim, examples).forEach((edits, b) => {
        if (!flipsWith(victim, examples[b], edits)) return
        expect(flipsWith(victim, examples[b], exact[b])).toBe(true)
        expect(exact[b].length).toBeLessThanOrEqual(edits.length)
      })
    }
  })
})
