import { beforeAll, describe, expect, it } from 'vitest'
import type { Attack } from '#src/attacks/attack.js'
import { attacks } from '#src/attacks/index.js'
import { swapsAmong } from '#src/gradient/edit.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { flipsBySwaps, swapsBy } from './runs.js'
import { readOnly, smallExamples } from './small-examples.js'
import { leaningVictim, smallEmbeddings } from './small-victims.js'

beforeAll(() => useTensorBackend('cpu'))

const twoLabels = leaningVictim(smallEmbeddings(40, 8, 1))

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
