import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Attack, AttackDefinition, AttackExample } from '#src/attacks/attack.js'
import { createAttack } from '#src/attacks/create-attack.js'
import { attackDefinitions } from '#src/attacks/index.js'
import { UserError } from '#src/base/errors.js'
import { NORMS, type Norm, normOf } from '#src/base/norm.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import type { Victim } from '#src/gradient/victim.js'
import { convolutionalVictim } from './convolutional-victim.js'
import { leastNorm } from './optima.js'
import { changeOf, flips, perturb } from './runs.js'
import { readOnly, smallExamples, vectorsOf } from './small-examples.js'
import { curvedVictim, LinearVictim, linearVictim, normals, smallEmbeddings } from './small-victims.js'

beforeAll(() => useTensorBackend('cpu'))

const D = 8
const embeddings = smallEmbeddings(50, D, 1)
const [two, seven] = [2, 7].map((labels) => linearVictim(embeddings, labels, 2, 0.1))
const curved = curvedVictim(embeddings)

const definitions = attackDefinitions.filter(({ kind }) => kind === 'continuous')

/** The norms that an attack knows. */
function normsOf({ options }: AttackDefinition): readonly Norm[] {
  const { norm } = z.toJSONSchema(options, { io: 'input' }).properties ?? {}
  const { enum: several, const: one } = z
    .looseObject({ enum: z.array(z.string()).optional(), const: z.string().optional() })
    .parse(norm)
  return NORMS.filter((name) => several?.includes(name) || one === name)
}

const cases = definitions.flatMap((definition) =>
  normsOf(definition).map((norm) => [definition.name, norm, definition] as const),
)

const labelled = [
  ['two labels', two, undefined],
  ['seven labels', seven, undefined],
  ['seven labels, targeted', seven, 3],
] as const

describe.each(cases)('%s in %s', (_, norm, definition) => {
  const attack = createAttack(definition, { norm })
  const isMinimal = attack.minimises !== undefined

  it.each(labelled)('never flips below the exact norm (1e-4 of it, for float32): %s', (_, victim, target) => {
    const examples = smallExamples(victim, 25, 4, target)
    for (const share of isMinimal ? [undefined] : [0.5, 0.999, 1.5]) {
      const within =
        share === undefined
          ? [attack]
          : examples.map((example) => attack.withEpsilon?.(share * leastNorm(victim, example, norm)) ?? attack)
      examples.forEach((example, b) => {
        const exact = leastNorm(victim, example, norm)
        const [perturbed] = perturb(within[b] ?? attack, victim, [example])
        if (flips(victim, example, perturbed)) {
          expect(normOf(norm, changeOf(victim, example, perturbed))).toBeGreaterThan((1 - 1e-4) * exact)
          if (share !== undefined) expect(share).toBeGreaterThan(1)
        }
      })
    }
  })

  it.each([
    ['a linear victim', () => seven],
    ['a curved one', () => curved],
    ['a convolutional one', () => convolutionalVictim(embeddings)],
  ] as const)('gives a batch the same bytes as one by one, and as again: %s', (_, make) => {
    const victim = make()
    const examples = smallExamples(victim, 3, 13)
    const quick = createAttack(definition, { norm, ...('steps' in definition.options.shape ? { steps: 8 } : {}) })
    const attack = quick.learn?.(readOnly(victim, examples), examples, { seed: 1 }) ?? quick
    const together = perturb(attack, victim, examples)
    expect(perturb(attack, victim, examples)).toEqual(together)
    expect(examples.flatMap((example) => perturb(attack, victim, [example]))).toEqual(together)
  })

  it.each([
    ['0,2', 2],
    ['most-salient', 1],
  ])('changes the positions %s alone, never below their exact norm', (positions, count) => {
    const chosen = createAttack(definition, { norm, positions, ...(isMinimal ? {} : { epsilon: 0.7 }) })
    const examples = smallExamples(seven, 12, 8)
    perturb(chosen, seven, examples).forEach((perturbed, b) => {
      const change = changeOf(seven, examples[b], perturbed)
      const moved = [...examples[b].encoded.ids.keys()].filter((i) =>
        change.subarray(i * D, (i + 1) * D).some((value) => value !== 0),
      )
      if (positions === '0,2') expect([0, 2]).toEqual(expect.arrayContaining(moved))
      expect(moved.length).toBeLessThanOrEqual(count)
      if (flips(seven, examples[b], perturbed)) {
        expect(normOf(norm, change)).toBeGreaterThan((1 - 1e-4) * leastNorm(seven, examples[b], norm, count))
      }
    })
    expect(chosen.changeable?.(9)).toBe(count)
  })

  it('gives back the input where no position may change, or no room is left', () => {
    const [example] = smallExamples(seven, 1, 8)
    const original = [vectorsOf(embeddings, example.encoded.ids)]
    expect(perturb(createAttack(definition, { norm, positions: '99' }), seven, [example])).toEqual(original)
    expect(perturb(createAttack(definition, { norm, epsilon: 0 }), seven, [example])).toEqual(original)
  })

  it('says in one line that the logits are not finite', () => {
    const broken = new LinearVictim(embeddings, normals(2 * D, 2).fill(Number.NaN), normals(2, 3))
    const [example] = smallExamples(two, 1, 8)
    const run = () => perturb(attack, broken, [example])
    expect(run).toThrow(UserError)
    expect(run).toThrow("the model's logits are not finite")
  })
})

/** `universal` has one vector for all; the steps of APGD in L1 stay spread over several coordinates. */
const single = cases.filter(([name, norm]) => name !== 'universal' && !(name === 'apgd' && norm === 'l1'))

describe.each(single)('%s in %s', (name, norm, definition) => {
  const nearest = 'objective' in definition.options.shape ? { objective: 'nearest' } : {}
  const within = (epsilon: number) => createAttack(definition, { norm, epsilon, ...nearest })
  const flipped = (attack: Attack, victim: Victim, examples: readonly AttackExample[]) => {
    const perturbed = perturb(attack, victim, examples)
    return examples.map((example, b) => flips(victim, example, perturbed[b]))
  }

  it.each([
    ['two labels', two],
    ['seven labels', seven],
  ] as const)('flips exactly the rows whose least norm is within ε, at three values of it: %s', (_, victim) => {
    const examples = smallExamples(victim, 40, 16)
    const norms = examples.map((example) => leastNorm(victim, example, norm))
    const sorted = norms.toSorted((a, b) => a - b)
    for (const count of [10, 20, 30]) {
      const epsilon = (sorted[count - 1] + sorted[count]) / 2
      expect(flipped(within(epsilon), victim, examples)).toEqual(norms.map((least) => least < epsilon))
    }
  })

  it.skipIf(name === 'fgsm').each([
    ['a curved victim', () => curved],
    ['a convolutional one', () => convolutionalVictim(embeddings)],
  ] as const)('flips at least 4 of 7 examples of %s (one step, of FGSM, is not held to it)', (_, make) => {
    const victim = make()
    const examples = smallExamples(victim, 7, 16)
    const epsilon = { linf: 1, l2: 6, l1: 40 }[norm]
    expect(flipped(within(epsilon), victim, examples).filter(Boolean).length).toBeGreaterThanOrEqual(4)
  })
})

/** Largest gap to the exact norm: in the median, and of 95% of rows. */
const [median, most] = [0.01, 0.02]

const minimal = cases.filter(([, , definition]) => createAttack(definition).minimises !== undefined)

describe.each(minimal)('Minimal norms: %s in %s', (_, norm, definition) => {
  const within = `within ${100 * median}% of the exact norm in the median, and ${100 * most}% for 95% of rows`
  it.each([
    [`two labels: ${within}`, two],
    [`seven labels: ${within}`, seven],
  ] as const)('$0', (_, victim) => {
    const examples = smallExamples(victim, 60, 21)
    const perturbed = perturb(createAttack(definition, { norm }), victim, examples)
    const gaps = examples.map((example, b) =>
      flips(victim, example, perturbed[b])
        ? normOf(norm, changeOf(victim, example, perturbed[b])) / leastNorm(victim, example, norm) - 1
        : Infinity,
    )
    gaps.sort((a, b) => a - b)
    expect(gaps[30]).toBeLessThan(median)
    expect(gaps[57]).toBeLessThan(most)
  })

  it('counts a perturbation beyond epsilon for none', () => {
    const [example] = smallExamples(two, 1, 8)
    const exact = leastNorm(two, example, norm)
    const [within, beyond] = [1.5, 0.9].map(
      (share) => perturb(createAttack(definition, { norm, epsilon: share * exact }), two, [example])[0],
    )
    expect(flips(two, example, within)).toBe(true)
    expect(beyond).toEqual(vectorsOf(embeddings, example.encoded.ids))
  })
})
