import { beforeAll, describe, expect, it } from 'vitest'
import type { AttackExample } from '#src/attacks/attack.js'
import { attacks } from '#src/attacks/index.js'
import { UserError } from '#src/base/errors.js'
import { swapsAmong } from '#src/gradient/edit.js'
import type { Swap } from '#src/gradient/swap.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { wordId } from '#src/text/vocabulary.js'
import { countsOf, flipsBySwaps, swapsBy } from './runs.js'
import { predict, readOnly, smallExamples } from './small-examples.js'
import { curvedVictim, LinearVictim, linearVictim, smallEmbeddings } from './small-victims.js'

beforeAll(() => useTensorBackend('cpu'))

const WORDS = 14
const embeddings = smallEmbeddings(WORDS, 8, 1)
const victim = linearVictim(embeddings, 5, 4, 1.5)

const attack = attacks.exactSwaps({ candidates: 'vocabulary' })

const swapsOf = (examples: readonly AttackExample[], maxWords = 100) =>
  swapsBy(attacks.exactSwaps({ candidates: 'vocabulary', maxWords }), victim, examples)

const flips = (example: AttackExample, swaps: readonly Swap[]) => flipsBySwaps(victim, example, swaps)

function* sets(ids: Int32Array, count: number, from = 0): Generator<Swap[]> {
  if (count === 0) yield []
  else
    for (let position = from; position < ids.length; position++) {
      for (const rest of sets(ids, count - 1, position + 1)) {
        for (let word = 0; word < WORDS; word++) yield [{ position, word: wordId(word) }, ...rest]
      }
    }
}

describe('Word swaps: exact-swaps', () => {
  const examples = smallExamples(victim, 25, 6).map((example) => {
    // Short enough to try every pair.
    const text = example.encoded.text.split(' ').slice(0, 5).join(' ')
    const encoded = victim.encode(text)
    return { ...example, encoded, label: predict(victim, encoded.ids) }
  })

  it('finds the fewest swaps, by brute force over every one and two', () => {
    const seen = new Set<number>()
    swapsOf(examples).forEach((swaps, b) => {
      const example = examples[b]
      const fewest = [1, 2].find((count) => [...sets(example.encoded.ids, count)].some((set) => flips(example, set)))
      if (fewest === undefined) expect(swaps.length === 0 || swaps.length > 2).toBe(true)
      else expect(swaps).toHaveLength(fewest)
      if (swaps.length > 0) expect(flips(example, swaps)).toBe(true)
      seen.add(swaps.length)
    })
    expect(seen.size).toBeGreaterThan(1)
  })

  it('gives nothing where more words would be needed than it may swap', () => {
    const all = swapsOf(examples)
    swapsOf(examples, 1).forEach((swaps, b) => {
      expect(swaps).toHaveLength(all[b].length === 1 ? 1 : 0)
    })
  })

  it('spends one forward pass and no gradient', () => {
    const { forwards, gradients } = countsOf(attack, victim, examples)
    expect([new Set(forwards), new Set(gradients)]).toEqual([new Set([1]), new Set([0])])
  })

  it('takes a new victim over the same embeddings for what it is', () => {
    const other = linearVictim(embeddings, 5, 40, 1.5)
    const own = smallExamples(other, 10, 9)
    const fresh = attacks.exactSwaps({ candidates: 'vocabulary' }).run(readOnly(other, own), own, { seed: 1 })
    expect(attack.run(readOnly(other, own), own, { seed: 1 })).toEqual(fresh)
  })

  it('goes round words that do not read back', () => {
    const [example] = examples.filter((_, b) => swapsOf(examples)[b].length === 1)
    const [[best]] = swapsOf([example])
    const { words } = embeddings.vocabulary
    // The best word is read as unknown, where it does not stand already.
    class Blind extends LinearVictim {
      override encode(text: string) {
        return super.encode(text === example.encoded.text ? text : text.replaceAll(words[best.word], 'other'))
      }
    }
    const blind = new Blind(embeddings, victim.output, victim.bias)
    const [outcome] = attack.run(readOnly(blind, [example]), [example], { seed: 1 })
    if (outcome.kind !== 'words') throw new Error('a word attack')
    expect(outcome.rejected).toBeGreaterThan(0)
    const swaps = swapsAmong(outcome.edits)
    expect(swaps.some(({ word }) => word === best.word)).toBe(false)
    expect(swaps.length === 0 || flips(example, swaps)).toBe(true)
  })

  it('says so where the victim is not linear, or a target is one of many labels', () => {
    const curved = curvedVictim(embeddings)
    const own = smallExamples(curved, 2, 1)
    expect(() => attack.run(readOnly(curved, own), own, { seed: 1 })).toThrow(UserError)
    const targeted = smallExamples(victim, 5, 1, 2)
    expect(() => attack.run(readOnly(victim, targeted), targeted, { seed: 1 })).toThrow(/only leaves one/)
  })
})
