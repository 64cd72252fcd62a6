import { beforeAll, describe, expect, it } from 'vitest'
import type { AttackExample } from '#src/attacks/attack.js'
import { attacks } from '#src/attacks/index.js'
import { evaluate } from '#src/evaluate/evaluate.js'
import { generateAdversarial } from '#src/evaluate/generate-adversarial.js'
import { type Edit, editWords, swapsAmong } from '#src/gradient/edit.js'
import { lossOf } from '#src/gradient/objective.js'
import { type Swap, swapWords } from '#src/gradient/swap.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import type { Victim } from '#src/gradient/victim.js'
import { wordId } from '#src/text/vocabulary.js'
import { drain } from '../evaluate/collect.js'
import { fewestSwaps } from './optima.js'
import { countsOf, editsBy, flipsBySwaps, flipsWith, swapsBy } from './runs.js'
import { everyWord, logitsOf, readOnly, smallExamples } from './small-examples.js'
import {
  curvedVictim,
  LinearVictim,
  leaningVictim,
  linearVictim,
  smallEmbeddings,
  stubbornVictim,
} from './small-victims.js'

beforeAll(() => useTensorBackend('cpu'))

const embeddings = smallEmbeddings(40, 8, 1)
const vocabulary = everyWord(embeddings)
const twoLabels = leaningVictim(embeddings)
const fewWords = smallEmbeddings(12, 8, 2)
const sevenLabels = linearVictim(fewWords, 7, 4)
const fiveLabels = linearVictim(embeddings, 5, 4, 0.5)
const curved = curvedVictim(embeddings)

function editsOf(victim: Victim, examples: readonly AttackExample[], options: Parameters<typeof attacks.hotflip>[0]) {
  return editsBy(attacks.hotflip({ candidates: 'vocabulary', ...options }), victim, examples)
}

const logitsWith = (victim: Victim, ids: Int32Array, swaps: readonly Swap[]) => logitsOf(victim, swapWords(ids, swaps))

describe('HotFlip', () => {
  it.each([
    ['greedy', 1],
    ['beam 8', 8],
  ])('%s finds the best one or two swaps of two labels, equal to brute force (1e-4)', (_, beam) => {
    const examples = smallExamples(twoLabels, 30, 7).filter(({ label }) => label === 0)
    const found = swapsBy(attacks.hotflip({ candidates: 'vocabulary', beam }), twoLabels, examples)
    let failures = 0
    examples.forEach((example, b) => {
      const { ids } = example.encoded
      const fewest = fewestSwaps(twoLabels, example)
      if (fewest <= 2) {
        expect(flipsBySwaps(twoLabels, example, found[b])).toBe(true)
        expect(found[b].length).toBe(fewest)
        return
      }
      failures++
      // What does not flip is the best pair all the same: the gains of single swaps add up.
      const margin = (swaps: readonly Swap[]) => lossOf('margin', logitsWith(twoLabels, ids, swaps), 0)
      const gains = Array.from(ids, (_, position) =>
        Math.max(...Array.from(vocabulary, (word) => margin([{ position, word: wordId(word) }]) - margin([]))),
      )
      const [first, second] = gains.sort((a, b) => b - a)
      expect(margin(found[b]) - margin([])).toBeCloseTo(first + second, 4)
    })
    expect(failures).toBeGreaterThan(0)
    expect(failures).toBeLessThan(examples.length)
  })

  it.each([
    ['linear', fiveLabels, 0.8],
    ['not linear', curved, 0.5],
  ])('flips with one swap only what one swap can flip, and most of it, on a victim that is %s', (_, victim, share) => {
    const examples = smallExamples(victim, 25, 8)
    const found = swapsBy(attacks.hotflip({ candidates: 'vocabulary', maxWords: 1 }), victim, examples)
    let possible = 0
    let flipped = 0
    examples.forEach((example, b) => {
      const any = [...example.encoded.ids.keys()].some((position) =>
        vocabulary.some((word) => flipsBySwaps(victim, example, [{ position, word: wordId(word) }])),
      )
      if (any) possible++
      if (!flipsBySwaps(victim, example, found[b])) return
      flipped++
      expect(any).toBe(true)
    })
    expect(flipped).toBeGreaterThanOrEqual(share * possible)
    expect(flipped).toBeGreaterThan(3)
  })

  it('costs a gradient for each state that is carried on, and a forward pass for each of the last', () => {
    const stubborn = stubbornVictim(twoLabels)
    const examples = smallExamples(stubborn, 2, 9)
    const { gradients, forwards } = countsOf(
      attacks.hotflip({ candidates: 'vocabulary', beam: 4, maxWords: 3 }),
      stubborn,
      examples,
    )
    expect([gradients, forwards]).toEqual([
      [9, 9],
      [4, 4],
    ])
  })

  it('asks nothing and swaps nothing with maxWords 0', () => {
    const examples = smallExamples(twoLabels, 3, 10)
    const victim = readOnly(twoLabels, examples)
    const outcomes = attacks.hotflip({ maxWords: 0 }).run(victim, examples, { seed: 1 })
    expect(outcomes).toEqual(examples.map(() => ({ kind: 'words', edits: [], rejected: 0 })))
    expect([...victim.gradients]).toEqual([0, 0, 0])
  })

  it('reaches a target', () => {
    const examples = smallExamples(fiveLabels, 30, 11, 2)
    const found = swapsBy(attacks.hotflip({ candidates: 'vocabulary', maxWords: 4 }), fiveLabels, examples)
    const reached = examples.filter((example, b) => flipsBySwaps(fiveLabels, example, found[b]))
    expect(reached.length).toBeGreaterThan(examples.length / 2)
  })

  it('drops and counts what does not read back, and goes on with the next', () => {
    const examples = smallExamples(twoLabels, 20, 7)
    const open = attacks.hotflip({ candidates: 'vocabulary', maxWords: 1 })
    const found = swapsBy(open, twoLabels, examples)
    const fresh = examples.findIndex(({ encoded }, b) => !encoded.ids.includes(found[b][0].word))
    const [example, [best]] = [examples[fresh], found[fresh]]
    // This word is read as unknown.
    class Blind extends LinearVictim {
      override encode(text: string) {
        return super.encode(text.replace(new RegExp(`\\b${embeddings.vocabulary.words[best.word]}\\b`, 'g'), 'other'))
      }
    }
    const blind = new Blind(embeddings, twoLabels.output, twoLabels.bias)
    const [outcome] = open.run(readOnly(blind, [example]), [example], { seed: 1 })
    if (outcome.kind !== 'words') throw new Error('a word attack')
    expect(outcome.rejected).toBeGreaterThan(0)
    expect(outcome.edits).toHaveLength(1)
    expect(swapsAmong(outcome.edits)[0].word).not.toBe(best.word)
  })

  it('takes neighbours alone, as many and as near as asked for', () => {
    const examples = smallExamples(twoLabels, 10, 12)
    for (const swaps of swapsBy(attacks.hotflip({ neighbours: 3, minCosine: 0.3 }), twoLabels, examples)) {
      expect(swaps.length).toBeLessThanOrEqual(2)
    }
    const none = swapsBy(attacks.hotflip({ minCosine: 1 }), twoLabels, examples)
    expect(none.flat()).toEqual([])
  })
})

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
