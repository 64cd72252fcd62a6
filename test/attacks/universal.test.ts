import { beforeAll, describe, expect, it } from 'vitest'
import type { AttackExample } from '#src/attacks/attack.js'
import { attacks } from '#src/attacks/index.js'
import { type Norm, normOf } from '#src/base/norm.js'
import { generateAdversarial } from '#src/evaluate/generate-adversarial.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { drain, withoutSeconds } from '../evaluate/collect.js'
import { leastNorm } from './optima.js'
import { changeOf, flips, perturb } from './runs.js'
import { predict, readOnly, smallExamples } from './small-examples.js'
import { linearVictim, normals, smallEmbeddings } from './small-victims.js'

beforeAll(() => useTensorBackend('cpu'))

const D = 8
const victim = linearVictim(smallEmbeddings(50, D, 1), 4, 2, 0.1)
const seen = smallExamples(victim, 60, 40)
const unseen = smallExamples(victim, 60, 41)

const learn = (norm: 'l2' | 'linf', epsilon: number, target?: number) => {
  const examples = seen.map((example) => ({ ...example, target })).filter(({ label }) => label !== target)
  const attack = attacks.universal({ norm, epsilon })
  return attack.learn?.(readOnly(victim, examples), examples, { seed: 1 }) ?? attack
}

const changes = (norm: 'l2' | 'linf', epsilon: number, examples: readonly AttackExample[], target?: number) => {
  const reader = readOnly(victim, examples)
  const outcomes = learn(norm, epsilon, target).run(reader, examples, { seed: 1 })
  expect([...reader.forwards, ...reader.gradients].every((count) => count === 0)).toBe(true)
  return outcomes.map((outcome, b) => {
    if (outcome.kind !== 'continuous') throw new Error('words')
    const delta = changeOf(victim, examples[b], outcome.embedded)
    return { delta, predicted: predict(victim, outcome.embedded) }
  })
}

describe('universal perturbation', () => {
  it.each(['l2', 'linf'] as const satisfies Norm[])(
    '%s: one vector for all positions of all texts, within the ball (1e-6), for nothing asked',
    (norm) => {
      const made = changes(norm, 0.6, unseen)
      const scale = (positions: number) => (norm === 'l2' ? Math.sqrt(positions) : 1)
      const first = made[0].delta.slice(0, D).map((value) => value * scale(made[0].delta.length / D))
      for (const { delta } of made) {
        expect(normOf(norm, delta)).toBeLessThan(0.6 + 1e-6)
        delta.forEach((value, i) => {
          expect(Math.abs(value * scale(delta.length / D) - first[i % D])).toBeLessThan(2e-6)
        })
      }
    },
  )

  it.each(['l2', 'linf'] as const)(
    '%s: of rows of one label of two it flips exactly those whose least norm is within ε, at three values of it',
    (norm) => {
      const two = linearVictim(smallEmbeddings(50, D, 1), 2, 2, 0.1)
      const examples = smallExamples(two, 100, 40).filter(({ label }) => label === 0)
      const norms = examples.map((example) => leastNorm(two, example, norm))
      const sorted = norms.toSorted((a, b) => a - b)
      for (const count of [10, 20, 30]) {
        const epsilon = (sorted[count - 1] + sorted[count]) / 2
        const perturbed = perturb(attacks.universal({ norm, epsilon }), two, examples)
        expect(examples.map((example, b) => flips(two, example, perturbed[b]))).toEqual(
          norms.map((least) => least < epsilon),
        )
      }
    },
  )

  it.each(['l2', 'linf'] as const)(
    '%s: reaches a target on most rows that it has not learned from, 50 random ones of the size on a third of those',
    (norm) => {
      const examples = unseen.filter(({ label }) => label !== 2)
      const epsilon = norm === 'l2' ? 4 : 1.2
      const reached = changes(norm, epsilon, examples, 2).filter(({ predicted }) => predicted === 2).length
      expect(reached).toBeGreaterThan(0.8 * examples.length)
      const byChance = Array.from({ length: 50 }, (_, seed) => {
        // Far outside the ball, so that all of it is used.
        const learned = Array.from(normals(D, seed), (value) => 1000 * value)
        const perturbed = perturb(attacks.universal({ norm, epsilon, learned }), victim, examples)
        return perturbed.filter((input) => predict(victim, input) === 2).length
      })
      expect(byChance.reduce((a, b) => a + b) / 50).toBeLessThan(reached / 3)
    },
  )

  it('learns from the first rows of a data set, which the summary holds; the same for any batch size and number of epsilons', async () => {
    const rows = [...seen, ...unseen].map(({ encoded }) => ({ text: encoded.text }))
    const lines: string[] = []
    const progress = { start() {}, update() {}, stop() {}, note: (line: string) => lines.push(line) }
    const attack = attacks.universal({ epsilon: 0.8, learnRows: seen.length })
    const [one, other] = await Promise.all(
      [7, 64].map((batchSize) => drain(generateAdversarial(victim, attack, rows, { batchSize, progress }))),
    )
    expect(withoutSeconds(one.items)).toEqual(withoutSeconds(other.items))
    expect(one.items).toHaveLength(rows.length)
    expect(one.items.map(({ row }) => row)).toEqual(rows.map((_, i) => i + 1))
    expect(one.returned.attack.options.learned).toEqual(learn('linf', 0.8).options.learned)
    expect(one.returned.successful).toBeGreaterThan(20)
    expect(lines[0]).toMatch(
      /^universal: learned from 60 rows by [\d,]+ forward passes and [\d,]+ gradients, which are in no row's count$/,
    )
    const { curve } = (await drain(generateAdversarial(victim, attack, rows, { epsilons: [0.2, 0.8] }))).returned
    expect(curve[1].flips).toBe(one.returned.successful)
    expect(curve[0].flips).toBeLessThanOrEqual(curve[1].flips)
    for (const { flips, exact } of curve) expect(flips).toBeLessThanOrEqual(exact?.count ?? 0)
  })

  it('refuses a learned vector of another length than the embeddings', () => {
    const attack = attacks.universal({ learned: [0.1, 0.2, 0.3] })
    expect(() => attack.run(readOnly(victim, seen), seen, { seed: 1 })).toThrow(/learned: 3 numbers; .* have 8$/)
  })

  it('closes its rows where it cannot learn from them', async () => {
    let isClosed = false
    async function* rows() {
      try {
        for (const { encoded } of seen) yield { text: encoded.text, label: 'no such label' }
      } finally {
        isClosed = true
      }
    }
    const attack = attacks.universal({ learnRows: 2 })
    await expect(drain(generateAdversarial(victim, attack, rows()))).rejects.toThrow(/no such label/)
    expect(isClosed).toBe(true)
  })
})
