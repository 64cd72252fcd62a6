import { describe, expect, it } from 'vitest'
import { attacks } from '#src/attacks/index.js'
import { UserError } from '#src/base/errors.js'
import { normOf } from '#src/base/norm.js'
import { generateAdversarial } from '#src/evaluate/generate-adversarial.js'
import { drain, withoutSeconds } from './collect.js'
import { threeLabelVictim } from './small-victim.js'

const victim = threeLabelVictim()

const ROWS = [
  { text: 'Good film', label: 'positive' },
  { text: 'A great, lovely plot!', label: 'positive' },
  { text: 'dull', label: 'positive' },
  { text: 'zxqv', label: 'negative' },
  { text: 'the plot was awful', label: 'negative' },
  { text: 'grim and cold, but great', label: 'negative' },
]

const run = (
  ...[attack, options]: [Parameters<typeof generateAdversarial>[1], Parameters<typeof generateAdversarial>[3]?]
) => drain(generateAdversarial(victim, attack, ROWS, options))

describe('attacks of the least norm', () => {
  it('have a curve: the rows whose perturbation is within each epsilon, as many as the exact share', async () => {
    const epsilons = [0.2, 0.5, 0.8, 2]
    const { returned } = await run(attacks.deepfool(), { epsilons })
    expect(returned.curve.map(({ epsilon }) => epsilon)).toEqual(epsilons)
    for (const { flips, exact } of returned.curve) expect(exact).toMatchObject({ count: flips })
    expect(new Set(returned.curve.map(({ flips }) => flips)).size).toBeGreaterThan(2)
    for (const { epsilon, ...point } of returned.curve) {
      expect((await run(attacks.deepfool({ epsilon }))).returned.curve).toEqual([{ epsilon, ...point }])
    }
  })

  it('have rows without an epsilon, with the exact minimum and the gap, whose 95th percentile is in the summary', async () => {
    const { items, returned } = await run(attacks.deepfool({ norm: 'linf' }))
    const flipped = items.filter(({ resultType }) => resultType === 'Successful')
    expect(flipped).toHaveLength(4)
    for (const { epsilon, gap } of flipped) {
      expect(epsilon).toBeUndefined()
      expect(gap).toBeLessThan(1e-3)
    }
    expect(returned.gap).toMatchObject({ rows: 4, atOptimum: 4 })
    expect(returned.gap?.percentile95).toBeLessThan(1e-3)
  })

  it('are held against the exact minimum of the positions that may change', async () => {
    for (const positions of ['most-salient', '1', '0,1']) {
      for (const { resultType, gap } of (await run(attacks.deepfool({ positions }))).items) {
        if (resultType === 'Successful') expect(Math.abs(gap ?? 1)).toBeLessThan(1e-3)
      }
    }
    const { items } = await run(attacks.deepfool({ positions: '3' }))
    expect(items[0]).toMatchObject({ resultType: 'Failed', l2: 0 })
    expect(items[0].exactMinimum).toBeUndefined()
  })

  it('lose by snapping, which the summary says', async () => {
    const { returned } = await run(attacks.deepfool(), { snap: true })
    expect(returned.flipsBeforeSnap).toBe(4)
    expect(returned.successful).toBeLessThan(4)
  })
})

describe('epsilons relative to the vectors of the vocabulary', () => {
  const { vectors, vocabulary, dimensions } = victim.embeddings
  const meanNorm = (norm: 'l1' | 'l2') =>
    vocabulary.words.reduce(
      (sum, _, id) => sum + normOf(norm, vectors.subarray(id * dimensions, (id + 1) * dimensions)),
      0,
    ) / vocabulary.size

  it.each(['l1', 'l2'] as const)(
    'are multiples of the mean %s norm; rows and curve are the absolute ones',
    async (norm) => {
      const shares = [0.1, 0.4]
      const relative = await run(attacks.pgd({ norm }), { epsilons: shares, relativeEpsilon: true })
      const absolute = await run(attacks.pgd({ norm }), { epsilons: shares.map((share) => share * meanNorm(norm)) })
      expect(withoutSeconds(relative.items)).toEqual(withoutSeconds(absolute.items))
      expect(relative.returned.curve).toEqual(absolute.returned.curve)
    },
  )

  it("are the attack's own where no others are given", async () => {
    const { items } = await run(attacks.fgsm({ norm: 'l2', epsilon: 0.25 }), { relativeEpsilon: true })
    expect(items[0].epsilon).toBeCloseTo(0.25 * meanNorm('l2'), 12)
  })

  it.each([
    ['deepfool', attacks.deepfool()],
    ['hotflip', attacks.hotflip()],
  ])('are refused for %s without one', async (name, attack) => {
    const asked = run(attack, { relativeEpsilon: true })
    await expect(asked).rejects.toThrow(UserError)
    await expect(asked).rejects.toThrow(`attack ${name}: no epsilon to be relative`)
  })
})
