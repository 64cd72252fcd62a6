import { beforeAll, describe, expect, it } from 'vitest'
import { attacks } from '#src/attacks/index.js'
import { UserError } from '#src/base/errors.js'
import { generateAdversarial } from '#src/evaluate/generate-adversarial.js'
import { editWords } from '#src/gradient/edit.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import type { Victim } from '#src/gradient/victim.js'
import { drain } from '../evaluate/collect.js'
import { editsBy } from './runs.js'
import { predict, readOnly, smallExamples } from './small-examples.js'
import { curvedVictim, linearVictim, smallEmbeddings } from './small-victims.js'

beforeAll(() => useTensorBackend('cpu'))

const embeddings = smallEmbeddings(40, 8, 1)
const linear = linearVictim(embeddings, 4, 4)
const curved = curvedVictim(embeddings)

function reduced(victim: Victim, options: Parameters<typeof attacks.inputReduction>[0]) {
  const examples = smallExamples(victim, 40, 3)
  return editsBy(attacks.inputReduction(options), victim, examples).map((edits, b) => ({ example: examples[b], edits }))
}

describe('input reduction', () => {
  it.each([
    ['linear', linear],
    ['not linear', curved],
  ])('takes out words and keeps the label and a word at least, on a victim that is %s', (_, victim) => {
    let removed = 0
    for (const { example, edits } of reduced(victim, {})) {
      expect(edits.every(({ move }) => move === 'delete')).toBe(true)
      const { ids } = editWords(example.encoded.ids, edits)
      expect(ids.length).toBeGreaterThan(0)
      expect(predict(victim, ids)).toBe(example.label)
      removed += edits.length / example.encoded.ids.length
    }
    expect(removed / 40).toBeGreaterThan(0.5)
  })

  it('goes on until any further word would cost the label: greedily, the one that matters least', () => {
    for (const { example, edits } of reduced(linear, { beam: 40 })) {
      const { ids } = editWords(example.encoded.ids, edits)
      if (ids.length === 1) continue
      // With a beam as wide as the text all words are tried.
      for (let out = 0; out < ids.length; out++) {
        expect(
          predict(
            linear,
            ids.filter((_, i) => i !== out),
          ),
        ).not.toBe(example.label)
      }
    }
  })

  it('takes out no fewer with a wider beam, summed over the texts', () => {
    const removed = (beam: number) => reduced(linear, { beam }).reduce((sum, { edits }) => sum + edits.length, 0)
    expect(removed(8)).toBeGreaterThanOrEqual(removed(1))
  })

  it('makes rows Successful whose label stays, marks the words that go, and says nothing exact', async () => {
    const rows = smallExamples(linear, 15, 3).map(({ encoded }) => ({ text: encoded.text }))
    const { items } = await drain(generateAdversarial(linear, attacks.inputReduction(), rows))
    for (const result of items) {
      if (result.resultType === 'Failed') expect(result.perturbedText).toBe(result.originalText)
      else {
        expect(result.perturbedOutput).toBe(result.originalOutput)
        expect(result.originalText.match(/\[\[/g)).toHaveLength(result.wordsChanged ?? -1)
        expect(result.perturbedText).not.toContain('[[')
      }
      expect([result.exactMinimum, result.gap, result.numForwards]).toEqual([undefined, undefined, 0])
    }
    expect(items.filter(({ resultType }) => resultType === 'Successful').length).toBeGreaterThan(10)
  })

  it('has no target', () => {
    const examples = smallExamples(linear, 4, 5, 1)
    expect(() => attacks.inputReduction().run(readOnly(linear, examples), examples, { seed: 1 })).toThrow(UserError)
  })
})
