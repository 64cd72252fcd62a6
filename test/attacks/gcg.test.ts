import { beforeAll, describe, expect, it } from 'vitest'
import { attacks } from '#src/attacks/index.js'
import { swapsAmong } from '#src/gradient/edit.js'
import { swapWords } from '#src/gradient/swap.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { wordId } from '#src/text/vocabulary.js'
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

const embeddings = smallEmbeddings(40, 8, 1)
const victim = new LinearVictim(embeddings, normals(2 * 8, 2), Float32Array.of(3, 0))
const examples = smallExamples(victim, 25, 7).filter(({ label }) => label === 0)

const marginWith = (ids: Int32Array) => {
  const [own, other] = logitsOf(victim, vectorsOf(embeddings, ids))
  return other - own
}

describe('GCG', () => {
  it('draws only from the best words of each position: with one of each it finds the best single swap (1e-5)', () => {
    const attack = attacks.gcg({ candidates: 'vocabulary', maxWords: 1, steps: 1, topWords: 1, samples: 200 })
    attack.run(readOnly(victim, examples), examples, { seed: 1 }).forEach((outcome, b) => {
      const { ids } = examples[b].encoded
      const swaps = outcome.kind === 'words' ? swapsAmong(outcome.edits) : []
      const best = Array.from(ids.keys()).flatMap((position) =>
        Array.from({ length: 40 }, (_, word) => marginWith(swapWords(ids, [{ position, word: wordId(word) }]))),
      )
      expect(marginWith(swapWords(ids, swaps))).toBeCloseTo(Math.max(...best), 5)
    })
  })

  it('reads one gradient and at most `samples` logits at each step, and stops at the first flip', () => {
    const reader = readOnly(victim, examples)
    const attack = attacks.gcg({ candidates: 'vocabulary', maxWords: 2, steps: 6, topWords: 4, samples: 5 })
    attack.run(reader, examples, { seed: 1 }).forEach((outcome, b) => {
      const { ids } = examples[b].encoded
      const swaps = outcome.kind === 'words' ? swapsAmong(outcome.edits) : []
      const flipped = predict(victim, swapWords(ids, swaps)) !== 0
      expect(reader.forwards[b]).toBeLessThanOrEqual(5 * reader.gradients[b])
      if (!flipped) expect(reader.gradients[b]).toBe(6)
    })
    expect(Math.min(...reader.gradients)).toBe(1)
  })

  it('draws otherwise with another seed', () => {
    const attack = attacks.gcg({ candidates: 'vocabulary', steps: 1, samples: 3 })
    const run = (seed: number) => attack.run(readOnly(victim, examples), examples, { seed })
    expect(run(1)).toEqual(run(1))
    expect(run(2)).not.toEqual(run(1))
  })
})
