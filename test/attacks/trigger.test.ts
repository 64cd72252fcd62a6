import { beforeAll, describe, expect, it } from 'vitest'
import type { AttackExample } from '#src/attacks/attack.js'
import { attacks } from '#src/attacks/index.js'
import { generateAdversarial } from '#src/evaluate/generate-adversarial.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import type { Victim } from '#src/gradient/victim.js'
import { drain } from '../evaluate/collect.js'
import { flips } from './runs.js'
import { everyWord, readOnly, smallExamples } from './small-examples.js'
import { curvedVictim, linearVictim, smallEmbeddings } from './small-victims.js'

beforeAll(() => useTensorBackend('cpu'))

const embeddings = smallEmbeddings(40, 8, 1)
const linear = linearVictim(embeddings, 3, 4)
const curved = curvedVictim(embeddings)

/** How many examples flip with these words before them. */
const flipsBehind = (victim: Victim, examples: readonly AttackExample[], words: readonly number[]) =>
  examples.filter((example) => flips(victim, example, Int32Array.from([...words, ...example.encoded.ids]))).length

function learn(victim: Victim, examples: readonly AttackExample[], options: Parameters<typeof attacks.trigger>[0]) {
  const learned = attacks.trigger(options).learn?.(readOnly(victim, examples), examples, { seed: 1 })
  const words = learned?.options.learned
  if (learned === undefined || !Array.isArray(words)) throw new Error('it learns')
  return { learned, words: words.map(Number) }
}

describe('a universal trigger', () => {
  it.each([
    ['linear', linear],
    ['not linear', curved],
  ])('of one word, all words tried, is the best there is, by brute force: a victim that is %s', (_, victim) => {
    const examples = smallExamples(victim, 40, 3)
    const { words } = learn(victim, examples, { length: 1, topWords: embeddings.vocabulary.size })
    const best = Math.max(...Array.from(everyWord(embeddings), (word) => flipsBehind(victim, examples, [word])))
    expect(words).toHaveLength(1)
    expect(flipsBehind(victim, examples, words)).toBe(best)
    expect(best).toBeGreaterThan(0)
  })

  it('of more words flips more rows of its own and of others than one of words by chance, towards a target', () => {
    const [own, others] = [smallExamples(linear, 60, 3, 1), smallExamples(linear, 60, 4, 1)]
    const { words } = learn(linear, own, { length: 3 })
    const chance = [
      [1, 2, 3],
      [7, 20, 31],
      [11, 12, 13],
    ].map((drawn) => flipsBehind(linear, others, drawn))
    expect(flipsBehind(linear, others, words)).toBeGreaterThan(Math.max(...chance))
  })

  it('stands before every text, the same whatever the batch, and costs the rows nothing', async () => {
    const examples = smallExamples(linear, 30, 3)
    const { learned, words } = learn(linear, examples, {})
    const rows = examples.map(({ encoded }) => ({ text: encoded.text }))
    const { items } = await drain(generateAdversarial(linear, learned, rows, { batchSize: 7 }))
    const before = words.map((word) => `[[${embeddings.vocabulary.words[word]}]]`).join(' ')
    for (const [i, result] of items.entries()) {
      expect(result.perturbedText).toBe(`${before} ${rows[i].text}`)
      expect([result.numForwards, result.numGradients, result.wordsChanged]).toEqual([0, 0, 3])
      expect(result.exactMinimum).toBeUndefined()
    }
    expect(items.filter(({ resultType }) => resultType === 'Successful')).toHaveLength(
      flipsBehind(linear, examples, words),
    )
  })
})
