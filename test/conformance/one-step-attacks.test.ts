import { describe, expect, it } from 'vitest'
import { balls } from '#src/attacks/continuous/norms/balls.js'
import { attacks } from '#src/attacks/index.js'
import { NORMS, type Norm, normOf } from '#src/base/norm.js'
import { CounterStream, Purpose } from '#src/base/random.js'
import { lossGradient } from '#src/gradient/loss-gradient.js'
import { lossOf } from '#src/gradient/objective.js'
import { project, step } from '../attacks/continuous/norms/on-copies.js'
import {
  batchOf,
  type Case,
  changeOf,
  classifierTrial,
  D,
  dot,
  linearTrials,
  logitsAt,
  normals,
  perturb,
  type Trial,
} from './trials.js'

const DUAL = { l1: 'linf', l2: 'l2', linf: 'l1' } as const

/** Vectors of 1 to 40 numbers. */
const vectors = (count: number) => Array.from({ length: count }, (_, seed) => [...normals(1 + (seed % 40), seed + 1)])

describe('One-step attacks: max of <g, d> over the ball', () => {
  it.each(NORMS)('%s: is eps |g|_q, reached by the step, on the edge of the ball, of 300 gradients (1e-12)', (norm) => {
    for (const gradient of vectors(300)) {
      const delta = step(norm, gradient, 0.3)
      expect(normOf(norm, delta)).toBeCloseTo(0.3, 12)
      expect(dot(gradient, delta)).toBeCloseTo(0.3 * normOf(DUAL[norm], gradient), 12)
    }
  })

  it.each(NORMS)('%s: no point of the ball has more, of 3,000 drawn', (norm) => {
    vectors(300).forEach((gradient, seed) => {
      const most = dot(gradient, step(norm, gradient, 0.3))
      const point = new Float64Array(gradient.length)
      for (let draw = 0; draw < 10; draw++) {
        balls[norm].draw(point, 0.3, new CounterStream(seed, Purpose.Demonstration, draw))
        expect(dot(gradient, point)).toBeLessThanOrEqual(most + 1e-12)
      }
    })
  })

  it('is d = eps sign(g) in Linf, eps g / |g|_2 in L2, and in L1 all mass on argmax |g| (1e-15)', () => {
    for (const gradient of vectors(100)) {
      const steepest = gradient.findIndex((value) => Math.abs(value) === normOf('linf', gradient))
      const expected = {
        linf: gradient.map((value) => 0.3 * Math.sign(value)),
        l2: gradient.map((value) => (0.3 * value) / normOf('l2', gradient)),
        l1: gradient.map((value, i) => (i === steepest ? 0.3 * Math.sign(value) : 0)),
      }
      for (const norm of NORMS) {
        expect(normOf('linf', changeOf(expected[norm], step(norm, gradient, 0.3)))).toBeLessThan(1e-15)
      }
    }
  })

  it("in L1 g / |g|_1, foolbox's step, has less wherever the entries of g differ", () => {
    for (const gradient of vectors(100).filter(({ length }) => length > 1)) {
      const spread = gradient.map((value) => (0.3 * value) / normOf('l1', gradient))
      expect(dot(gradient, spread)).toBeLessThan(dot(gradient, step('l1', gradient, 0.3)) - 1e-9)
    }
  })

  /** d = eps sign(g) (|g| / |g|_q)^(q - 1), 1/p + 1/q = 1. */
  const general = (gradient: readonly number[], p: number) => {
    const q = p / (p - 1)
    const largest = normOf('linf', gradient)
    const size = largest * gradient.reduce((sum, value) => sum + (Math.abs(value) / largest) ** q, 0) ** (1 / q)
    return gradient.map((value) => 0.3 * Math.sign(value) * (Math.abs(value) / size) ** (q - 1))
  }

  it.each([
    ['l2', 2, 1e-12],
    ['linf', 1e6, 1e-4],
    ['l1', 1 + 1e-6, 1e-4],
  ] as const)('the form for general p gives the %s step at p = %d (%d)', (norm, p, tolerance) => {
    for (const gradient of vectors(100)) {
      const sizes = gradient.map(Math.abs).sort((a, b) => b - a)
      // Where two entries are nearly the largest, the limit is far.
      if (norm === 'l1' && sizes[1] > 0.9999 * sizes[0]) continue
      expect(normOf('linf', changeOf(general(gradient, p), step(norm, gradient, 0.3)))).toBeLessThan(tolerance)
    }
  })

  it.each([
    ['linf', [1, -2], 3],
    ['l1', [1, -2], 2],
    ['l1', [2, -2], 2],
  ] as const)('%s: g = %j, eps = 1 gives %d', (norm, gradient, expected) => {
    expect(dot(gradient, step(norm, gradient, 1))).toBe(expected)
  })
})

const lossAt = ({ victim }: Trial, x: Float32Array, label: number) =>
  lossOf('cross-entropy', logitsAt(victim, x), label)

/** What P positions make of |g|_q, g the gradient at one of them. */
const SHARE = { linf: (P: number) => P, l2: Math.sqrt, l1: (P: number) => Math.min(P, 1) } as const

/** How far the cross-entropy after one step is above the bound by convexity, P the positions that may change. */
function beyondBound(trial: Trial, norm: Norm, epsilon: number, positions: string, changed: (each: Case) => number) {
  const attack = attacks.fgsm({ norm, epsilon, positions, objective: 'cross-entropy' })
  return perturb(trial.victim, attack, trial.cases).map((perturbed, i) => {
    const { x, label } = trial.cases[i]
    const { loss, gradient } = lossGradient(trial.victim, batchOf(x), Int32Array.of(label))
    const P = changed(trial.cases[i])
    const bound = loss[0] + epsilon * SHARE[norm](P) * normOf(DUAL[norm], gradient.subarray(0, D))
    return { loss: loss[0], after: lossAt(trial, perturbed, label), bound }
  })
}

describe('One-step attacks: the cross-entropy is convex in the embeddings', () => {
  it.each(linearTrials.flatMap(([name, trial]) => NORMS.map((norm) => [name, norm, trial] as const)))(
    '%s, %s: L(x + step) >= L + eps C |g|_1 (Linf), eps sqrt(C) |g|_2 (L2), eps |g|_inf (L1); one step never lowers the loss (1e-5 of L)',
    (_, norm, trial) => {
      for (const epsilon of [0.01, 0.2, 1.5]) {
        for (const { loss, after, bound } of beyondBound(trial, norm, epsilon, 'all', ({ positions }) => positions)) {
          expect(after).toBeGreaterThan(bound - 1e-5 * Math.max(1, after))
          expect(after).toBeGreaterThanOrEqual(loss)
        }
      }
    },
  )

  it.each(NORMS)('%s: the bounds hold with P for C where two positions alone may change (1e-5 of L)', (norm) => {
    for (const [, trial] of linearTrials) {
      const changed = ({ positions }: Case) => (positions > 2 ? 2 : 1)
      for (const { after, bound } of beyondBound(trial, norm, 0.4, '0,2', changed)) {
        expect(after).toBeGreaterThan(bound - 1e-5 * Math.max(1, after))
      }
    }
  })
})

describe('One-step attacks: what they are of PGD', () => {
  const { victim, cases } = classifierTrial(5, 60)
  const originals = cases.map(({ x }) => x)

  it.each(NORMS)('%s: PGD of one step alpha = eps without a random start is FGSM, byte for byte', (norm) => {
    const options = { norm, epsilon: 0.3, objective: 'cross-entropy' } as const
    const one = perturb(victim, attacks.fgsm(options), cases)
    expect(perturb(victim, attacks.pgd({ ...options, steps: 1, stepSize: 1 }), cases)).toEqual(one)
    expect(one).not.toEqual(originals)
  })

  it.each([
    ['fgsm of epsilon 0', attacks.fgsm({ epsilon: 0 })],
    ['bim of epsilon 0', attacks.bim({ epsilon: 0 })],
    ['pgd of epsilon 0', attacks.pgd({ epsilon: 0, norm: 'l1' })],
    ['pgd of epsilon 0 from a random start', attacks.pgd({ epsilon: 0, norm: 'l2', randomStart: true })],
    ['apgd of epsilon 0', attacks.apgd({ epsilon: 0 })],
    ['pgd of steps of length 0', attacks.pgd({ epsilon: 1, stepSize: 0 })],
  ])('%s returns the input', (_, attack) => {
    expect(perturb(victim, attack, cases)).toEqual(originals)
  })

  it.each(NORMS)('%s: projection is idempotent (1e-12)', (norm) => {
    for (const point of vectors(300)) {
      const once = project(norm, point, 0.7)
      expect(normOf('linf', changeOf(once, project(norm, once, 0.7)))).toBeLessThan(1e-12)
    }
  })

  it.each(NORMS)('%s: momentum with decay 0 is plain PGD', (norm) => {
    const plain = perturb(victim, attacks.pgd({ norm, epsilon: 0.1, steps: 6 }), cases)
    expect(perturb(victim, attacks.pgd({ norm, epsilon: 0.1, steps: 6, momentum: 0 }), cases)).toEqual(plain)
  })

  it('the Euclidean projection of (2, 1) on the L1 ball of radius 2 is (1.5, 0.5)', () => {
    expect([...project('l1', [2, 1], 2)]).toEqual([1.5, 0.5])
  })
})
