import { beforeAll, describe, expect, it } from 'vitest'
import type { AttackExample } from '#src/attacks/attack.js'
import { attacks } from '#src/attacks/index.js'
import { type Edit, editWords } from '#src/gradient/edit.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import type { Victim } from '#src/gradient/victim.js'
import { cut, put } from '../../gradient/edits.js'
import { editsBy, flipsWith } from '../runs.js'
import { everyWord, logitsOf, readOnly, smallExamples } from '../small-examples.js'
import { curvedVictim, linearVictim, smallEmbeddings } from '../small-victims.js'

beforeAll(() => useTensorBackend('cpu'))

const embeddings = smallEmbeddings(30, 8, 1)
const linear = linearVictim(embeddings, 4, 4)
const curved = curvedVictim(embeddings)

/** What an edited text has left of the label's probability, by the definition. */
function probability(victim: Victim, { encoded, label }: AttackExample, edits: readonly Edit[]): number {
  const weights = Array.from(logitsOf(victim, editWords(encoded.ids, edits).ids), Math.exp)
  return weights[label] / weights.reduce((a, b) => a + b)
}

function bestAt(victim: Victim, example: AttackExample, position: number, made: readonly Edit[]) {
  const own = example.encoded.ids[position]
  return [...everyWord(embeddings)]
    .filter((word) => word !== own)
    .map((word) => ({
      edit: put('substitute', position, word),
      left: probability(victim, example, [...made, put('substitute', position, word)]),
    }))
    .reduce((best, each) => (each.left < best.left ? each : best))
}

/** Equations 4, 6 and 8 of the paper, one after the other; with `isWeighed` false without the saliency of the words. */
function pwwsByHand(victim: Victim, example: AttackExample, maxWords: number, isWeighed = true): Edit[] {
  const before = probability(victim, example, [])
  const positions = [...example.encoded.ids.keys()]
  const saliencies = positions.map((position) => Math.exp(before - probability(victim, example, [cut(position)])))
  const total = saliencies.reduce((a, b) => a + b)
  const ranked = positions.map((position, i) => {
    const { edit, left } = bestAt(victim, example, position, [])
    return { edit, gain: before - left, weight: (isWeighed ? saliencies[i] / total : 1) * (before - left) }
  })
  const order = ranked.filter(({ gain }) => gain > 0).sort((a, b) => b.weight - a.weight)
  const single = ranked.filter(({ edit }) => flipsWith(victim, example, [edit]))
  if (single.length > 0) return []
  const made: Edit[] = []
  for (const { edit } of order) {
    if (made.length === maxWords || flipsWith(victim, example, made)) break
    made.push(edit)
  }
  return made
}

function importanceByHand(victim: Victim, example: AttackExample, maxWords: number): Edit[] {
  const before = probability(victim, example, [])
  const order = [...example.encoded.ids.keys()]
    .map((position) => ({ position, lost: before - probability(victim, example, [cut(position)]) }))
    .sort((a, b) => b.lost - a.lost || a.position - b.position)
  const made: Edit[] = []
  for (const { position } of order) {
    if (made.length === maxWords || flipsWith(victim, example, made)) break
    const best = bestAt(victim, example, position, made)
    if (best.left < probability(victim, example, made)) made.push(best.edit)
  }
  return made
}

const options = { candidates: 'vocabulary', maxWords: 3, tried: embeddings.vocabulary.size } as const

const sorted = (edits: readonly Edit[]) => [...edits].sort((a, b) => a.position - b.position)

it('PWWS orders words by their saliency too: by the gain alone these texts would get other swaps', () => {
  const examples = smallExamples(curved, 400, 3).filter(({ row }) => row === 197 || row === 394)
  editsBy(attacks.pwws(options), curved, examples).forEach((edits, b) => {
    expect(sorted(edits)).toEqual(sorted(pwwsByHand(curved, examples[b], 3)))
    expect(sorted(edits)).not.toEqual(sorted(pwwsByHand(curved, examples[b], 3, false)))
  })
  expect(examples).toHaveLength(2)
})

describe.each([
  ['linear', linear],
  ['not linear', curved],
])('on a victim that is %s', (_, victim) => {
  const examples = smallExamples(victim, 40, 3)

  it('PWWS makes the swaps of its equations, written out', () => {
    let compared = 0
    editsBy(attacks.pwws(options), victim, examples).forEach((edits, b) => {
      const expected = pwwsByHand(victim, examples[b], 3)
      if (expected.length === 0) expect(edits.length === 0 || flipsWith(victim, examples[b], edits)).toBe(true)
      // What flips not is compared by its probability alone: the best text met is kept.
      else if (!flipsWith(victim, examples[b], expected)) expect(flipsWith(victim, examples[b], edits)).toBe(false)
      else {
        expect(sorted(edits)).toEqual(sorted(expected))
        compared++
      }
    })
    expect(compared).toBeGreaterThan(2)
  })

  it('word importance makes the swaps of its order, written out', () => {
    let compared = 0
    editsBy(attacks.wordImportance(options), victim, examples).forEach((edits, b) => {
      const expected = importanceByHand(victim, examples[b], 3)
      expect(flipsWith(victim, examples[b], edits)).toBe(flipsWith(victim, examples[b], expected))
      if (!flipsWith(victim, examples[b], expected)) return
      expect(sorted(edits)).toEqual(sorted(expected))
      compared++
    })
    expect(compared).toBeGreaterThan(5)
  })

  it.each(['pwws', 'wordImportance'] as const)('%s reads no gradient, and each text once', (name) => {
    const reader = readOnly(victim, examples)
    const outcomes = attacks[name]({ ...options, tried: 4, maxWords: 2 }).run(reader, examples, { seed: 1 })
    expect(reader.gradients.every((count) => count === 0)).toBe(true)
    outcomes.forEach((outcome, b) => {
      const C = examples[b].encoded.ids.length
      // The text, the text without each word, four candidates for each, and the sets of two.
      expect(reader.forwards[b]).toBeLessThanOrEqual(1 + C + 4 * C + 1)
      expect(outcome).toMatchObject({ kind: 'words', cacheHits: expect.any(Number) })
    })
  })
})
