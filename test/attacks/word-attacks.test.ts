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
import { smallExamples } from './small-examples.js'
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
    const attack = attackNamed(name, { neighbours: 8, maxWords: 3, tries: 5 })
    const together = editsBy(attack, victim, examples)
    expect(editsBy(attackNamed(name, { neighbours: 8, maxWords: 3, tries: 5 }), victim, examples)).toEqual(together)
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
