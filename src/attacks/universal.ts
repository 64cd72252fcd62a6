import { z } from 'zod'
import { UserError } from '../base/errors.js'
import type { ReadOnlyVictim } from '../gradient/read-only-victim.js'
import type { Attack, AttackDefinition, AttackExample } from './attack.js'
import { addBoundaryStep, boundaries } from './continuous/boundary-step.js'
import { outcomeOf, pointsOf } from './continuous/continuous-attack.js'
import { ballOptions } from './continuous/continuous-options.js'
import { highestOthers, MOST_RIVALS } from './continuous/highest-others.js'
import { layoutOfOneRow } from './continuous/layouts/choose-layout.js'
import { balls } from './continuous/norms/balls.js'
import { changeableOf } from './continuous/positions.js'
import type { Point, Walk } from './continuous/walk.js'
import { walkTogether } from './continuous/walk-together.js'

const options = z.strictObject({
  ...ballOptions,
  norm: z.enum(['l2', 'linf']).default('linf').describe('the norm of the ball'),
  learnRows: z.int().positive().default(500).describe('rows it is learned from: the first ones'),
  passes: z.int().positive().default(5).describe('how often it goes over them at most'),
  steps: z.int().positive().default(10).describe('most steps of DeepFool for one row'),
  enough: z.number().min(0).max(1).default(1).describe('learning ends where this share of the rows flips'),
  learned: z.array(z.number()).default([]).describe('the vector, [D], where it is learned already'),
})
type Options = z.output<typeof options>

/**
 * One vector v [D] for all texts, added to each of the P positions that may change: v in Linf, v/√P in L2, so that the
 * norm over all positions is that of v. For each row that v does not flip yet, the least addition to v that flips it (by
 * DeepFool) is added, and v is projected to the ball (algorithm 1). Rows are taken label by label, since what flips one
 * label often keeps another, and v is judged after each: the one that flips most is kept. Rows are then attacked without
 * asking the victim anything.
 */
export const universal = {
  name: 'universal',
  kind: 'continuous',
  summary: 'one vector for all texts, learned from the first rows (L2, Linf)',
  reference: 'Moosavi-Dezfooli, Fawzi, Fawzi, Frossard: Universal Adversarial Perturbations, CVPR 2017, algorithm 1',
  options,
  create,
} as const satisfies AttackDefinition<typeof options>

function create(options: Options): Attack {
  const { norm, epsilon, positions, learnRows, learned } = options
  return {
    name: 'universal',
    kind: 'continuous',
    options: { ...options },
    ball: { norm, epsilon },
    withEpsilon: (other) => create({ ...options, epsilon: other }),
    changeable: (count) => changeableOf(positions, count),
    learnsFrom: learned.length > 0 ? 0 : learnRows,
    learn: (victim, examples) => create({ ...options, learned: learnFrom(victim, examples, options) }),
    run(victim, examples) {
      const v = Float64Array.from(learned.length > 0 ? learned : learnFrom(victim, examples, options))
      const D = victim.embeddings.dimensions
      if (v.length !== D) {
        throw new UserError(`attack universal: option learned: ${v.length} numbers; the model's embeddings have ${D}`)
      }
      balls[norm].project(v, epsilon)
      return pointsOf(victim, examples, positions, norm, layoutOfOneRow(victim, norm)).map((point) => {
        point.delta.set(v)
        point.keep()
        return outcomeOf(point)
      })
    },
  }
}

function learnFrom(victim: ReadOnlyVictim, examples: readonly AttackExample[], options: Options): number[] {
  const { norm, epsilon, positions, passes, enough } = options
  const v = new Float64Array(victim.embeddings.dimensions)
  const points = pointsOf(victim, examples, positions, norm, layoutOfOneRow(victim, norm))
  const byLabel = new Map<number, Point[]>()
  for (const point of points) {
    const group = byLabel.get(point.example.label)
    if (group) group.push(point)
    else byLabel.set(point.example.label, [point])
  }
  let best = { v: v.slice(), flips: 0 }
  for (let pass = 0; pass < passes; pass++) {
    for (const group of byLabel.values()) {
      for (const point of group) {
        walkTogether(victim, [point], () => flip(v, point, options))
        balls[norm].project(v, epsilon)
      }
      let flips = 0
      walkTogether(victim, points, (point) => judge(v, point, () => flips++))
      if (flips > best.flips) best = { v: v.slice(), flips }
      if (flips >= enough * points.length) return [...best.v]
    }
  }
  return [...best.v]
}

/** Adds to v what flips this row, where v alone does not. */
function* flip(v: Float64Array, point: Point, { norm, steps }: Options): Walk {
  const { example } = point
  let rivals: readonly number[] | undefined
  for (let step = 0; step < steps; step++) {
    point.delta.set(v)
    const { logits, reached } = yield { losses: [], gradients: false }
    if (reached) return
    rivals ??= highestOthers(logits, example.label, MOST_RIVALS)
    const losses = boundaries(logits, rivals, example)
    const reading = yield { losses, gradients: true }
    addBoundaryStep(v, reading.losses, reading.gradients, norm, 1 + OVERSHOOT)
  }
}

/** Of a step beyond the boundary, as DeepFool's paper has it. */
const OVERSHOOT = 0.02

function* judge(v: Float64Array, { delta }: Point, onFlip: () => void): Walk {
  delta.set(v)
  const { reached } = yield { losses: [], gradients: false }
  if (reached) onFlip()
}
