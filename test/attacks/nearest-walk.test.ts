import { beforeAll, describe, expect, it } from 'vitest'
import { attacks } from '#src/attacks/index.js'
import { nextWord } from '#src/attacks/nearest-walk.js'
import { swapsAmong } from '#src/gradient/edit.js'
import { swapWords } from '#src/gradient/swap.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { predict, readOnly, smallExamples } from './small-examples.js'
import { LinearVictim, normals, smallEmbeddings } from './small-victims.js'

beforeAll(() => useTensorBackend('cpu'))

const D = 6
const embeddings = smallEmbeddings(60, D, 1)
const { vectors } = embeddings
const everyWord = Int32Array.from({ length: 60 }, (_, id) => id)

/** The word nearest to a point, by looking at all. */
function nearestTo(point: Float64Array): number {
  const distance = (word: number) => point.reduce((sum, value, d) => sum + (value - vectors[word * D + d]) ** 2, 0)
  return everyWord.reduce((best, word) => (distance(word) < distance(best) ? word : best))
}

const onRay = (a: number, g: Float32Array, sign: number, eta: number) => {
  const length = Math.hypot(...g)
  return Float64Array.from(g, (value, d) => vectors[a * D + d] + (sign * eta * value) / length)
}

describe('nextWord', () => {
  it.each([1, -1] as const)(
    'is the first other word that is nearest on the way, found by small steps (sign %d)',
    (sign) => {
      for (let a = 0; a < 8; a++) {
        const g = normals(D, 30 + a)
        let walked = a
        let eta = 0
        for (; walked === a && eta < 200; eta += 0.001) walked = nearestTo(onRay(a, g, sign, eta))
        const next = nextWord(embeddings, a, g, sign, everyWord, 0)
        expect(next?.word).toBe(walked === a ? undefined : walked)
      }
    },
  )

  it('is the word nearest to the end of the step where that is not the word itself', () => {
    let longer = 0
    for (let a = 0; a < 30; a++) {
      const g = normals(D, 70 + a)
      const own = Math.hypot(...vectors.subarray(a * D, (a + 1) * D))
      const reached = nearestTo(onRay(a, g, 1, 2 * own))
      if (reached === a) continue
      longer++
      const next = nextWord(embeddings, a, g, 1, everyWord, 2)
      expect(next?.word).toBe(reached)
      const gain = g.reduce((sum, value, d) => sum + value * (vectors[reached * D + d] - vectors[a * D + d]), 0)
      expect(next?.gain).toBeCloseTo(gain, 10)
    }
    expect(longer).toBeGreaterThan(20)
  })

  it('is none where nothing lies that way', () => {
    expect(nextWord(embeddings, 3, new Float32Array(D), 1, everyWord, 1)).toBeUndefined()
    expect(nextWord(embeddings, 3, normals(D, 1), 1, Int32Array.of(3), 1)).toBeUndefined()
  })
})

describe('the nearest walk', () => {
  it('flips more texts with more steps, and reads one gradient and one text a step', () => {
    const victim = new LinearVictim(embeddings, normals(3 * D, 2), normals(3, 3))
    const examples = smallExamples(victim, 60, 4)
    const count = (steps: number) => {
      const reader = readOnly(victim, examples)
      const outcomes = attacks
        .nearestWalk({ candidates: 'vocabulary', maxWords: 3, steps, stepSize: 0 })
        .run(reader, examples, { seed: 1 })
      expect(reader.gradients.every((read, b) => read <= steps && reader.forwards[b] <= read)).toBe(true)
      return outcomes.filter((outcome, b) => {
        const swaps = outcome.kind === 'words' ? swapsAmong(outcome.edits) : []
        return predict(victim, swapWords(examples[b].encoded.ids, swaps)) !== examples[b].label
      }).length
    }
    const [one, ten] = [count(1), count(10)]
    expect(one).toBeGreaterThan(0)
    expect(ten).toBeGreaterThan(one)
  })
})
