import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Attack } from '#src/attacks/attack.js'
import { attacks } from '#src/attacks/index.js'
import { swappedText } from '#src/constraints/tokenises-back.js'
import { swapsAmong } from '#src/gradient/edit.js'
import { lossOf } from '#src/gradient/objective.js'
import { type Swap, swapWords } from '#src/gradient/swap.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import type { Victim } from '#src/gradient/victim.js'
import { wordId } from '#src/text/vocabulary.js'
import { fewestSwaps } from './optima.js'
import { countsOf, flipsBySwaps, swapsBy } from './runs.js'
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
const fiveLabels = linearVictim(embeddings, 5, 4, 0.5)
const curved = curvedVictim(embeddings)

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

describe('random swaps', () => {
  const attack = attacks.random({ candidates: 'vocabulary', maxWords: 3 })

  it('swap as many words as they may, each position once, without asking the victim', () => {
    const examples = smallExamples(twoLabels, 20, 13)
    const victim = readOnly(twoLabels, examples)
    attack.run(victim, examples, { seed: 1 }).forEach((outcome, b) => {
      if (outcome.kind !== 'words') throw new Error('a word attack')
      expect(new Set(swapsAmong(outcome.edits).map(({ position }) => position)).size).toBe(3)
      for (const { position, word } of swapsAmong(outcome.edits))
        expect(word).not.toBe(examples[b].encoded.ids[position])
    })
    expect([...victim.forwards, ...victim.gradients].every((count) => count === 0)).toBe(true)
  })

  it('differ with the seed and the row', () => {
    const [example] = smallExamples(twoLabels, 1, 14)
    const again = { ...example, row: 99 }
    const [[one], [two], [three]] = [
      swapsBy(attack, twoLabels, [example], 1),
      swapsBy(attack, twoLabels, [example], 2),
      swapsBy(attack, twoLabels, [again], 1),
    ]
    expect(two).not.toEqual(one)
    expect(three).not.toEqual(one)
  })

  it('with several tries flip at least as many, and far fewer than HotFlip', () => {
    const examples = smallExamples(twoLabels, 40, 15)
    const count = (each: Attack) =>
      swapsBy(each, twoLabels, examples).filter((swaps, b) => flipsBySwaps(twoLabels, examples[b], swaps)).length
    const once = count(attacks.random({ candidates: 'vocabulary' }))
    const often = count(attacks.random({ candidates: 'vocabulary', tries: 20 }))
    const hotflip = count(attacks.hotflip({ candidates: 'vocabulary' }))
    expect(often).toBeGreaterThan(once)
    expect(hotflip).toBeGreaterThanOrEqual(often)
    expect(hotflip).toBeGreaterThan(3 * once)
  })
})

describe('a candidate file', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'candidates-')), 'synonyms.json')
  writeFileSync(path, JSON.stringify({ w1: ['w2', 'w3', 'unseen'], w4: ['w5'] }))
  afterAll(() => rmSync(dirname(path), { recursive: true }))

  it('gives the words that may be swapped and those to put in, and says once what the victim does not know', () => {
    const attack = attacks.random({ candidates: path, maxWords: 9 })
    const encoded = twoLabels.encode('w0 w1 w4 w5')
    const notes: string[] = []
    const context = { seed: 1, note: (line: string) => notes.push(line) }
    // Asked for without a listener first.
    attack.space?.(readOnly(twoLabels, []), { seed: 1 })
    for (let row = 1; row <= 5; row++) {
      const [outcome] = attack.run(readOnly(twoLabels, [1]), [{ row, encoded, label: 0 }], context)
      if (outcome.kind !== 'words') throw new Error('a word attack')
      expect(
        swapsAmong(outcome.edits)
          .map(({ position }) => position)
          .sort(),
      ).toEqual([1, 2])
      for (const { position, word } of swapsAmong(outcome.edits)) expect(position === 1 ? [2, 3] : [5]).toContain(word)
    }
    expect(notes).toEqual([expect.stringContaining('1 of its words are not in the vocabulary')])
  })
})

describe.each([
  ['HotFlip', attacks.hotflip({ neighbours: 8, beam: 3, maxWords: 3 })],
  ['random swaps', attacks.random({ neighbours: 8, maxWords: 3 })],
  ['random swaps of five tries', attacks.random({ candidates: 'vocabulary', tries: 5 })],
])('%s', (_, attack) => {
  it.each([
    ['two labels', twoLabels],
    ['five labels', fiveLabels],
    ['a victim that is not linear', curved],
  ])('give a batch what they give one by one, and again: %s', (_, victim) => {
    const examples = smallExamples(victim, 9, 16)
    const together = swapsBy(attack, victim, examples)
    expect(swapsBy(attack, victim, examples)).toEqual(together)
    expect(examples.flatMap((example) => swapsBy(attack, victim, [example]))).toEqual(together)
  })

  it('give texts that read back as the attacked words', () => {
    const examples = smallExamples(fiveLabels, 20, 17)
    swapsBy(attack, fiveLabels, examples).forEach((swaps, b) => {
      const { encoded } = examples[b]
      const text = swappedText(encoded, swaps, embeddings.vocabulary)
      expect(fiveLabels.encode(text).ids).toEqual(swapWords(encoded.ids, swaps))
    })
  })
})
