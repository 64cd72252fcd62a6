import { beforeAll, describe, expect, it } from 'vitest'
import { attacks } from '#src/attacks/index.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { fewestSwaps } from './optima.js'
import { editsBy, flipsWith } from './runs.js'
import { readOnly, smallExamples } from './small-examples.js'
import { linearVictim, smallEmbeddings } from './small-victims.js'

beforeAll(() => useTensorBackend('cpu'))

const victim = linearVictim(smallEmbeddings(25, 8, 1), 4, 4, 2)
const examples = smallExamples(victim, 40, 3)

const geneticOf = (options: Parameters<typeof attacks.genetic>[0]) =>
  attacks.genetic({ candidates: 'vocabulary', maxWords: 3, ...options })

describe('genetic search', () => {
  it('finds nearly every flip that exact search finds, breeding more where it must', () => {
    const possible = examples.filter((example) => fewestSwaps(victim, example, 3) <= 3).length
    const count = (options: Parameters<typeof attacks.genetic>[0]) =>
      editsBy(geneticOf(options), victim, examples).filter((edits, b) => flipsWith(victim, examples[b], edits)).length
    const [first, later] = [count({ generations: 1, population: 4 }), count({ generations: 30, population: 20 })]
    expect(later).toBeLessThanOrEqual(possible)
    expect(later).toBeGreaterThanOrEqual(0.95 * possible)
    expect(first).toBeLessThan(later)
  })

  it('asks for no gradient, and for no text twice', () => {
    const reader = readOnly(victim, examples)
    const outcomes = geneticOf({ generations: 10 }).run(reader, examples, { seed: 1 })
    expect(reader.gradients.every((count) => count === 0)).toBe(true)
    const hits = outcomes.map((outcome) => (outcome.kind === 'words' ? (outcome.cacheHits ?? 0) : 0))
    expect(Math.max(...hits)).toBeGreaterThan(0)
  })

  it('draws otherwise with another seed', () => {
    const [one, again, other] = [1, 1, 2].map((seed) => editsBy(geneticOf({ generations: 2 }), victim, examples, seed))
    expect(again).toEqual(one)
    expect(other).not.toEqual(one)
  })
})
