import { describe, expect, it } from 'vitest'
import { addBoundaryStep } from '#src/attacks/continuous/boundary-step.js'
import type { AttackObjective } from '#src/attacks/continuous/losses.js'
import { attacks } from '#src/attacks/index.js'
import { NORMS, type Norm, normOf } from '#src/base/norm.js'
import { CounterStream, Purpose } from '#src/base/random.js'
import { minimalNorm } from '#src/exact/minimal-norm.js'
import { minimalTargetedNorm } from '#src/exact/minimal-targeted-norm.js'
import { lossGradient } from '#src/gradient/loss-gradient.js'
import { lossOf } from '#src/gradient/objective.js'
import type { LinearForm } from '#src/gradient/victim.js'
import { byEnumeration } from './least-norm-by-enumeration.js'
import {
  batchOf,
  type Case,
  changeOf,
  classifierTrial,
  D,
  differenceOf,
  type LinearVictim,
  linearTrials,
  logitsAt,
  perturb,
  predictedAt,
  weightOf,
} from './trials.js'

const two = classifierTrial(2)
const seven = classifierTrial(7)

/** The least norm by the closed form of the section for one label t, P positions of weight a. */
function closedForm(norm: Norm, margin: number, difference: Float64Array, a: number, P: number): number {
  if (norm === 'l2') return margin / (a * Math.sqrt(P) * normOf('l2', difference))
  if (norm === 'linf') return margin / (a * P * normOf('l1', difference))
  return margin / (a * normOf('linf', difference))
}

/** The input moved by `size` in the norm, at the first P positions, along what lowers the margin over t fastest. */
function movedToward({ x, label }: Case, victim: LinearVictim, t: number, norm: Norm, size: number, P: number) {
  const du = differenceOf(victim, t, label)
  const steepest = du.findIndex((value) => Math.abs(value) === normOf('linf', du))
  return x.map((value, i) => {
    const d = i % D
    if (i >= P * D) return value
    if (norm === 'linf') return value + size * Math.sign(du[d])
    if (norm === 'l2') return value + (size * du[d]) / (normOf('l2', du) * Math.sqrt(P))
    return i === steepest ? value + size * Math.sign(du[d]) : value
  })
}

const exactNorm = (victim: LinearVictim, { logits, positions, label }: Case, norm: Norm, target?: number, P?: number) =>
  minimalNorm(victim.linear, logits, positions, label, norm, target, P)

const withNorms = linearTrials.flatMap(([name, trial]) => NORMS.map((norm) => [name, norm, trial] as const))

describe('Minimal norms: untargeted, all positions jointly', () => {
  it.each(withNorms)(
    '%s, %s: the least of the closed forms over t, of 100 texts (1e-5 of it)',
    (_, norm, { victim, cases }) => {
      for (const each of cases) {
        const { logits, positions, label } = each
        const a = weightOf(victim, positions)
        const forms = Array.from(logits, (z, t) =>
          t === label ? Infinity : closedForm(norm, logits[label] - z, differenceOf(victim, t, label), a, positions),
        )
        const found = exactNorm(victim, each, norm)
        expect(Math.abs(found.norm / Math.min(...forms) - 1)).toBeLessThan(1e-5)
        expect(found).toMatchObject({ target: forms.indexOf(Math.min(...forms)), isExact: true })
      }
    },
  )

  it.each(withNorms)(
    '%s, %s: flips at 1.001 times the norm, not at 0.999 times toward any label',
    (_, norm, { victim, cases }) => {
      for (const each of cases) {
        const { norm: least, target } = exactNorm(victim, each, norm)
        const leaves = (t: number, size: number) =>
          predictedAt(victim, movedToward(each, victim, t, norm, size, each.positions)) !== each.label
        expect(leaves(target, 1.001 * least)).toBe(true)
        victim.labels.forEach((_, t) => {
          if (t !== each.label) expect(leaves(t, 0.999 * least)).toBe(false)
        })
      }
    },
  )

  it.each(withNorms)(
    '%s, %s: with P positions of weight a free, the general forms: flips at 1.001 times, not at 0.999 times',
    (_, norm, { victim, cases }) => {
      for (const each of cases) {
        const { logits, positions, label } = each
        for (const P of new Set([1, Math.ceil(positions / 2)])) {
          const { norm: least, target } = exactNorm(victim, each, norm, undefined, P)
          const du = differenceOf(victim, target, label)
          const form = closedForm(norm, logits[label] - logits[target], du, weightOf(victim, positions), P)
          expect(Math.abs(least / form - 1)).toBeLessThan(1e-5)
          for (const share of [1.001, 0.999]) {
            const moved = movedToward(each, victim, target, norm, share * least, P)
            expect(predictedAt(victim, moved) !== label).toBe(share > 1)
          }
        }
      }
    },
  )

  it('C = 4, du = (3, -4), m = 2: 4/5 in L2, 2/7 in Linf, 2 in L1; of a sum 1/5, 1/14 and 1/2', () => {
    const of = (pooling: 'mean' | 'sum') => {
      const linear: LinearForm = { output: Float32Array.of(0, 0, 3, -4), bias: new Float32Array(2), pooling }
      return (['l2', 'linf', 'l1'] as const).map((norm) => minimalNorm(linear, [2, 0], 4, 0, norm).norm)
    }
    of('mean').forEach((norm, i) => {
      expect(norm).toBeCloseTo([4 / 5, 2 / 7, 2][i], 12)
    })
    of('sum').forEach((norm, i) => {
      expect(norm).toBeCloseTo([1 / 5, 1 / 14, 1 / 2][i], 12)
    })
  })
})

describe('Minimal norms: targeted', () => {
  it.each(NORMS)('%s, two labels: the same as untargeted, and exact', (norm) => {
    for (const each of two.cases) {
      const targeted = exactNorm(two.victim, each, norm, 1 - each.label)
      expect(targeted).toEqual(exactNorm(two.victim, each, norm))
      const { norm: program } = minimalTargetedNorm(two.victim.linear, norm, { ...each, target: 1 - each.label })
      expect(Math.abs(program / targeted.norm - 1)).toBeLessThan(1e-9)
    }
  })

  it.each(NORMS)(
    '%s, seven labels: the closed form is a lower bound, not reached at 1.001 times by some pairs of text and target; the program is',
    (norm) => {
      const { victim, cases } = seven
      let larger = 0
      let pairs = 0
      for (const each of cases.slice(0, 60)) {
        const { x, logits, positions, label } = each
        for (let target = 0; target < 7; target++) {
          if (target === label) continue
          pairs++
          const bound = exactNorm(victim, each, norm, target)
          expect(bound.isExact).toBe(false)
          const program = minimalTargetedNorm(victim.linear, norm, { ...each, target })
          expect(program.norm).toBeGreaterThanOrEqual(bound.norm * (1 - 1e-9))
          const isReached =
            predictedAt(victim, movedToward(each, victim, target, norm, 1.001 * bound.norm, positions)) === target
          if (program.norm > 1.001 * bound.norm * (1 + 1e-5)) {
            larger++
            expect(isReached).toBe(false)
          }
          // A hair beyond the boundary. All positions move alike: the shift of a mean is that of each word.
          const harder = logits.map((value, k) => value - (k === target ? 1e-3 : 0))
          const { shift } = minimalTargetedNorm(victim.linear, norm, { ...each, logits: harder, target })
          const beyond = x.map((value, i) => value + shift![i % D])
          expect(predictedAt(victim, beyond)).toBe(target)
          expect(normOf(norm, changeOf(x, beyond))).toBeLessThan(1.001 * program.norm + 0.01 * positions)
        }
      }
      expect(larger / pairs).toBeGreaterThan(0.05)
      expect(larger).toBeLessThan(pairs)
    },
  )

  it.each(NORMS)(
    '%s: the norm is the distance to {z_t - z_j >= 0 for all j}: equal to trying all sets of equalities, in 2 and 3 dimensions (1e-7)',
    (norm) => {
      let infeasible = 0
      for (let seed = 1; seed <= 150; seed++) {
        const stream = new CounterStream(seed, Purpose.Demonstration, 7)
        const dimensions = 2 + (seed % 2)
        const K = 3 + stream.below(3)
        const output = Float32Array.from({ length: K * dimensions }, () => stream.normal())
        const logits = Array.from({ length: K }, () => stream.normal())
        const target = stream.below(K)
        const linear: LinearForm = { output, bias: new Float32Array(K), pooling: 'sum' }
        const others = [...logits.keys()].filter((k) => k !== target)
        const rows = others.map((j) =>
          Array.from({ length: dimensions }, (_, d) => output[target * dimensions + d] - output[j * dimensions + d]),
        )
        const expected = byEnumeration(
          norm,
          rows,
          others.map((j) => logits[j] - logits[target]),
        )
        const found = minimalTargetedNorm(linear, norm, { logits, positions: 1, label: others[0], target })
        if (expected === Infinity) {
          infeasible++
          expect(found.norm).toBe(Infinity)
        } else expect(found.norm).toBeCloseTo(expected, 7)
      }
      expect(infeasible).toBeGreaterThan(0)
    },
  )
})

/** Each text's margin over the nearest label in the norm, and the gradient of that margin. */
const nearest = (victim: LinearVictim, each: Case, norm: Norm) => {
  const { target } = exactNorm(victim, each, norm)
  const { loss, gradient } = lossGradient(
    victim,
    batchOf(each.x),
    Int32Array.of(each.label),
    'margin',
    Int32Array.of(target),
  )
  return { target, lead: loss[0], gradient }
}

describe('Minimal norms: DeepFool', () => {
  const trials = [
    ['two labels', two],
    ['seven labels', seven],
  ] as const
  const each = (['l2', 'linf'] as const).flatMap((norm) => trials.map(([name, trial]) => [norm, name, trial] as const))

  it.each(each)(
    '%s, %s: with zero overshoot its step lands on the boundary (1e-5 of the margin)',
    (norm, _, { victim, cases }) => {
      for (const one of cases) {
        const { target, lead, gradient } = nearest(victim, one, norm)
        const step = new Float64Array(one.x.length)
        addBoundaryStep(step, [lead], [gradient], norm)
        const after = logitsAt(
          victim,
          Float32Array.from(step, (value, i) => one.x[i] + value),
        )
        expect(Math.abs(after[target] - after[one.label])).toBeLessThan(1e-5 * -lead + 2e-6)
      }
    },
  )

  it.each(each)(
    '%s, %s: the attack is there in one step, at the exact norm (2e-4 of it)',
    (norm, _, { victim, cases }) => {
      const perturbed = perturb(victim, attacks.deepfool({ norm, steps: 1, overshoot: 1e-4 }), cases)
      perturbed.forEach((input, i) => {
        const found = normOf(norm, changeOf(cases[i].x, input))
        expect(Math.abs(found / exactNorm(victim, cases[i], norm).norm - 1)).toBeLessThan(2e-4)
        expect(predictedAt(victim, input)).not.toBe(cases[i].label)
      })
    },
  )
})

describe('Minimal norms: Carlini and Wagner', () => {
  it.each([0, 0.7, 2.3])('confidence %d: ends at that margin (0.1), on two labels and on seven', (confidence) => {
    for (const { victim, cases } of [two, seven]) {
      perturb(victim, attacks.cw({ confidence }), cases.slice(0, 40)).forEach((input, i) => {
        const margin = lossOf('margin', logitsAt(victim, input), cases[i].label)
        expect(margin).toBeGreaterThan(confidence - 1e-5)
        expect(margin).toBeLessThan(confidence + 0.1)
      })
    }
  })

  it.each(
    [0, 0.7, 2.3].flatMap((confidence) =>
      [two, seven].map((trial) => [confidence, trial.victim.labels.length, trial] as const),
    ),
  )(
    'confidence %d, %d labels: its L2 is the least sqrt(C) (m_t + k) / |du_t|_2 (1%%)',
    (confidence, _, { victim, cases }) => {
      perturb(victim, attacks.cw({ confidence }), cases).forEach((input, i) => {
        const { x, logits, positions, label } = cases[i]
        const forms = Array.from(logits, (z, t) =>
          t === label
            ? Infinity
            : (Math.sqrt(positions) * (logits[label] - z + confidence)) / normOf('l2', differenceOf(victim, t, label)),
        )
        const least = Math.min(...forms)
        const found = normOf('l2', changeOf(x, input))
        expect(found).toBeGreaterThan(0.9999 * least)
        expect(found).toBeLessThan(1.01 * least)
      })
    },
  )
})

describe('Minimal norms: the gradient of the cross-entropy is not the direction of the nearest label', () => {
  const { victim, cases } = classifierTrial(7, 300)

  it.each(['l2', 'linf'] as const)(
    '%s: on seven labels, at 1.02 times the exact norm, PGD on the margin flips more texts',
    (norm) => {
      const flipsOf = (objective: AttackObjective) =>
        cases.filter((each) => {
          const epsilon = 1.02 * exactNorm(victim, each, norm).norm
          const [input] = perturb(victim, attacks.pgd({ norm, epsilon, objective }), [each])
          return predictedAt(victim, input) !== each.label
        }).length
      const crossEntropy = flipsOf('cross-entropy')
      expect(flipsOf('margin')).toBeGreaterThan(1.1 * crossEntropy)
      // What PGD climbs unless told otherwise: the margin over the label that is nearest in the norm.
      expect(flipsOf('nearest')).toBe(cases.length)
    },
  )

  it('on two labels there is one direction: all objectives flip all texts', () => {
    for (const objective of ['cross-entropy', 'margin', 'nearest'] as const) {
      for (const each of two.cases.slice(0, 30)) {
        const epsilon = 1.02 * exactNorm(two.victim, each, 'l2').norm
        const [input] = perturb(two.victim, attacks.pgd({ norm: 'l2', epsilon, objective }), [each])
        expect(predictedAt(two.victim, input)).not.toBe(each.label)
      }
    }
  })
})
