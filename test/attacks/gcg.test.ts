import { beforeAll, describe, expect, it } from 'vitest'
import { attacks } from '#src/attacks/index.js'
import { type Edit, editWords } from '#src/gradient/edit.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { wordId } from '#src/text/vocabulary.js'
import { editsBy, flipsWith } from './runs.js'
import { everyWord, logitsOf, readOnly, smallExamples } from './small-examples.js'
import { leaningVictim, smallEmbeddings } from './small-victims.js'

beforeAll(() => useTensorBackend('cpu'))

const victim = leaningVictim(smallEmbeddings(40, 8, 1))
const examples = smallExamples(victim, 25, 7).filter(({ label }) => label === 0)

const marginWith = (ids: Int32Array, edits: readonly Edit[]) => {
  const [own, other] = logitsOf(victim, editWords(ids, edits).ids)
  return other - own
}

describe('GCG', () => {
  it('draws only from the best words of each position: with one of each it finds the best single swap (1e-5)', () => {
    const attack = attacks.gcg({ candidates: 'vocabulary', maxWords: 1, steps: 1, topWords: 1, samples: 200 })
    editsBy(attack, victim, examples).forEach((edits, b) => {
      const { ids } = examples[b].encoded
      const best = [...ids.keys()].flatMap((position) =>
        Array.from(everyWord(victim.embeddings), (word) =>
          marginWith(ids, [{ move: 'substitute', position, word: wordId(word) }]),
        ),
      )
      expect(marginWith(ids, edits)).toBeCloseTo(Math.max(...best), 5)
    })
  })

  it('reads one gradient and at most `samples` logits at each step, and stops at the first flip', () => {
    const reader = readOnly(victim, examples)
    const attack = attacks.gcg({ candidates: 'vocabulary', maxWords: 2, steps: 6, topWords: 4, samples: 5 })
    attack.run(reader, examples, { seed: 1 }).forEach((outcome, b) => {
      expect(reader.forwards[b]).toBeLessThanOrEqual(5 * reader.gradients[b])
      if (outcome.kind === 'words' && !flipsWith(victim, examples[b], outcome.edits))
        expect(reader.gradients[b]).toBe(6)
    })
    expect(Math.min(...reader.gradients)).toBe(1)
  })

  it('draws otherwise with another seed', () => {
    const attack = attacks.gcg({ candidates: 'vocabulary', steps: 1, samples: 3 })
    const [one, again, other] = [1, 1, 2].map((seed) => editsBy(attack, victim, examples, seed))
    expect(again).toEqual(one)
    expect(other).not.toEqual(one)
  })
})
