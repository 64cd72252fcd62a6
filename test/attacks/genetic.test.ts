import { beforeAll, describe, expect, it } from 'vitest'
import type { AttackExample } from '#src/attacks/attack.js'
import { attacks } from '#src/attacks/index.js'
import { minimalSwaps } from '#src/exact/minimal-swaps.js'
import { swapsAmong } from '#src/gradient/edit.js'
import { swapWords } from '#src/gradient/swap.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import {
  LinearVictim,
  logitsOf,
  normals,
  predict,
  readOnly,
  smallEmbeddings,
  smallExamples,
  vectorsOf,
} from './small-victims.js'

beforeAll(() => useTensorBackend('cpu'))

const WORDS = 25
const embeddings = smallEmbeddings(WORDS, 8, 1)
const victim = new LinearVictim(embeddings, normals(4 * 8, 4), normals(4, 5, 2))
const examples = smallExamples(victim, 40, 3)
const everyWord = Int32Array.from({ length: WORDS }, (_, id) => id)

function run(options: Parameters<typeof attacks.genetic>[0], seed = 1) {
  const reader = readOnly(victim, examples)
  const outcomes = attacks
    .genetic({ candidates: 'vocabulary', maxWords: 3, ...options })
    .run(reader, examples, { seed })
  const swaps = outcomes.map((outcome) => (outcome.kind === 'words' ? swapsAmong(outcome.edits) : []))
  return { swaps, reader, flips: swaps.filter((each, b) => flips(examples[b], each)).length, outcomes }
}

const flips = ({ encoded, label }: AttackExample, swaps: ReturnType<typeof swapsAmong>) =>
  predict(victim, swapWords(encoded.ids, swaps)) !== label

describe('genetic search', () => {
  const possible = examples.filter(({ encoded: { ids }, label }) =>
    minimalSwaps(
      victim.linear,
      embeddings,
      {
        ids,
        candidates: Array.from(ids, () => everyWord),
        logits: logitsOf(victim, vectorsOf(embeddings, ids)),
        label,
      },
      3,
    ),
  ).length

  it('finds nearly every flip that exact search finds, breeding more where it must', () => {
    const [first, later] = [run({ generations: 1, population: 4 }), run({ generations: 30, population: 20 })]
    expect(later.flips).toBeLessThanOrEqual(possible)
    expect(later.flips).toBeGreaterThanOrEqual(0.95 * possible)
    expect(first.flips).toBeLessThan(later.flips)
  })

  it('asks for no gradient, and for no text twice', () => {
    const { reader, outcomes } = run({ generations: 10 })
    expect(reader.gradients.every((count) => count === 0)).toBe(true)
    const hits = outcomes.map((outcome) => (outcome.kind === 'words' ? (outcome.cacheHits ?? 0) : 0))
    expect(Math.max(...hits)).toBeGreaterThan(0)
  })

  it('draws otherwise with another seed', () => {
    expect(run({ generations: 2 }, 1).swaps).toEqual(run({ generations: 2 }, 1).swaps)
    expect(run({ generations: 2 }, 2).swaps).not.toEqual(run({ generations: 2 }, 1).swaps)
  })
})
