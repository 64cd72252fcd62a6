import { beforeAll, describe, expect, it } from 'vitest'
import type { AttackExample } from '#src/attacks/attack.js'
import { attacks } from '#src/attacks/index.js'
import { evaluate } from '#src/evaluate/evaluate.js'
import { generateAdversarial } from '#src/evaluate/generate-adversarial.js'
import { type Edit, editWords } from '#src/gradient/edit.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import type { Victim } from '#src/gradient/victim.js'
import { wordId } from '#src/text/vocabulary.js'
import { drain } from '../evaluate/collect.js'
import { fewestSwaps } from './optima.js'
import { countsOf, editsBy, flipsWith } from './runs.js'
import { everyWord, logitsOf, smallExamples } from './small-examples.js'
import { curvedVictim, leaningVictim, linearVictim, smallEmbeddings, stubbornVictim } from './small-victims.js'

beforeAll(() => useTensorBackend('cpu'))

const embeddings = smallEmbeddings(40, 8, 1)
const vocabulary = everyWord(embeddings)
const twoLabels = leaningVictim(embeddings)
const fewWords = smallEmbeddings(12, 8, 2)
const sevenLabels = linearVictim(fewWords, 7, 4)
const curved = curvedVictim(embeddings)

function editsOf(victim: Victim, examples: readonly AttackExample[], options: Parameters<typeof attacks.hotflip>[0]) {
  return editsBy(attacks.hotflip({ candidates: 'vocabulary', ...options }), victim, examples)
}

describe('HotFlip towards several rivals', () => {
  const examples = smallExamples(sevenLabels, 120, 3)

  it('finds every flip of at most two words that there is on seven labels, in the fewest words', () => {
    const found = editsOf(sevenLabels, examples, { beam: 8 })
    let possible = 0
    examples.forEach((example, b) => {
      const fewest = fewestSwaps(sevenLabels, example)
      expect(flipsWith(sevenLabels, example, found[b])).toBe(fewest <= 2)
      if (fewest > 2) return
      possible++
      expect(found[b]).toHaveLength(fewest)
    })
    expect(possible).toBeGreaterThan(40)
  })

  it('misses some where it follows the nearest alone, or the cross-entropy, as the paper does', () => {
    const count = (options: Parameters<typeof attacks.hotflip>[0]) =>
      editsOf(sevenLabels, examples, options).filter((edits, b) => flipsWith(sevenLabels, examples[b], edits)).length
    const all = count({ beam: 8 })
    expect(count({ beam: 1, rivals: 1 })).toBeLessThan(all)
    expect(count({ beam: 1, objective: 'cross-entropy' })).toBeLessThan(all)
  })

  it('reads a gradient for each rival, and the logits once to know them', () => {
    const stubborn = stubbornVictim(sevenLabels)
    const own = smallExamples(stubborn, 3, 9)
    const { gradients, forwards } = countsOf(
      attacks.hotflip({ candidates: 'vocabulary', beam: 4, rivals: 3, maxWords: 2 }),
      stubborn,
      own,
    )
    // The text towards 3 rivals, 4 states; its logits before, and those of the last 4 states.
    expect(gradients).toEqual([7, 7, 7])
    expect(forwards).toEqual([5, 5, 5])
  })
})

describe('HotFlip that inserts and deletes', () => {
  const insertions = (ids: Int32Array): Edit[] =>
    Array.from({ length: ids.length + 1 }, (_, position) => position).flatMap((position) =>
      Array.from(vocabulary, (word): Edit => ({ move: 'insert', position, word: wordId(word) })),
    )
  const deletions = (ids: Int32Array): Edit[] => Array.from(ids, (_, position) => ({ move: 'delete', position }))
  const swaps = (ids: Int32Array): Edit[] =>
    Array.from(ids, (_, position) => position).flatMap((position) =>
      Array.from(vocabulary, (word): Edit => ({ move: 'substitute', position, word: wordId(word) })),
    )

  it.each<['insert' | 'delete' | 'substitute', (ids: Int32Array) => Edit[]]>([
    ['insert', insertions],
    ['delete', deletions],
    ['substitute', swaps],
  ])('finds the best single %s of a mean victim, equal to brute force (1e-5)', (move, all) => {
    const examples = smallExamples(twoLabels, 25, 7).filter(({ label }) => label === 0)
    const found = editsOf(twoLabels, examples, { moves: [move], maxWords: 1 })
    const margin = (ids: Int32Array, edits: readonly Edit[]) => {
      const [own, other] = logitsOf(twoLabels, editWords(ids, edits).ids)
      return other - own
    }
    examples.forEach(({ encoded: { ids } }, b) => {
      expect(found[b].every((edit) => edit.move === move)).toBe(true)
      const best = Math.max(...all(ids).map((edit) => margin(ids, [edit])))
      expect(margin(ids, found[b])).toBeCloseTo(Math.max(best, found[b].length === 0 ? margin(ids, []) : -Infinity), 5)
    })
  })

  it.each([
    ['linear', 0, sevenLabels],
    ['not linear', 3, curved],
  ])(
    'flips no fewer with all three moves than with swaps alone, on a victim that is %s (but for %d)',
    (_, less, victim) => {
      const examples = smallExamples(victim, 30, 8)
      const count = (found: readonly (readonly Edit[])[]) =>
        found.filter((edits, b) => flipsWith(victim, examples[b], edits)).length
      const moves = ['substitute', 'insert', 'delete'] as const
      const found = editsOf(victim, examples, { moves: [...moves] })
      expect(count(found)).toBeGreaterThanOrEqual(count(editsOf(victim, examples, {})) - less)
      for (const edits of found) expect(edits.length).toBeLessThanOrEqual(2)
    },
  )

  it('never deletes the last word', () => {
    const [example] = smallExamples(curved, 1, 4)
    const one = { ...example, encoded: curved.encode('w3') }
    expect(editsOf(curved, [one], { moves: ['delete'], maxWords: 3 })).toEqual([[]])
  })

  it.each([
    ['linear', sevenLabels],
    ['not linear', curved],
  ])('is judged to have done what it claims, inserting and deleting, on a victim that is %s', async (_, victim) => {
    const attack = attacks.hotflip({ moves: ['insert', 'delete'], maxWords: 3 })
    const rows = smallExamples(victim, 25, 18).map(({ encoded }) => ({ text: encoded.text }))
    const { items, returned } = await drain(generateAdversarial(victim, attack, rows))
    const report = await evaluate(victim, items, { attack })
    expect([report.differing, report.successful]).toEqual([0, returned.successful])
    const marks = (text: string) => text.match(/\[\[/g)?.length ?? 0
    let uneven = 0
    for (const { originalText, perturbedText, wordsChanged = 0, exactMinimum, gap } of items) {
      expect([exactMinimum, gap]).toEqual([undefined, undefined])
      if (marks(originalText) === marks(perturbedText)) continue
      expect(wordsChanged).toBeLessThanOrEqual(3)
      uneven++
    }
    expect(uneven).toBeGreaterThan(0)
  })

  it('claims nothing exact', () => {
    expect(attacks.hotflip({ moves: ['substitute', 'delete'] }).space).toBeUndefined()
    expect(attacks.hotflip().space).toBeDefined()
  })
})
