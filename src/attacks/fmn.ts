import { z } from 'zod'
import { normOf } from '../base/norm.js'
import type { Attack, AttackDefinition } from './attack.js'
import { continuousAttack } from './continuous-attack.js'
import { continuousObjective, minimalOptions } from './continuous-options.js'
import { fallByCosine, firstStepOption, stepShareAt } from './cosine-steps.js'
import { wayOutBy } from './nearest-rival.js'
import { balls } from './norms/balls.js'
import { DUAL } from './norms/dual.js'
import { l2 } from './norms/l2.js'

const options = z.strictObject({
  ...minimalOptions,
  steps: z.int().positive().default(100).describe('how many steps'),
  gamma: z.number().positive().lt(1).default(0.05).describe('how much the ball grows or shrinks in the first step'),
  stepSize: firstStepOption,
  objective: continuousObjective.default('nearest'),
})
type Options = z.output<typeof options>

/** γ falls to this, by half a cosine as α does. */
const LAST_GAMMA = 1e-3

/**
 * Algorithm 1: while nothing adversarial is known, ε is |δ|_p + |L| / |g|_q, the boundary by the gradient where δ
 * stands (and a share γ more: on the very boundary of a linear victim nothing flips); then it shrinks by γ after an
 * adversarial iterate, to no more than the smallest one's norm, and grows by γ after another. δ moves along the
 * gradient of the margin and is projected to the ball of ε.
 */
export const fmn = {
  name: 'fmn',
  kind: 'continuous',
  summary: 'minimal norm: the ball shrinks and grows around the boundary (L1, L2, Linf)',
  reference:
    'Pintor, Roli, Brendel, Biggio: Fast Minimum-norm Adversarial Attacks through Adaptive Norm Constraints, ' +
    'NeurIPS 2021, algorithm 1',
  options,
  create,
} as const satisfies AttackDefinition<typeof options>

function create(options: Options): Attack {
  const { norm, steps, gamma, stepSize, objective } = options
  const ball = balls[norm]
  return continuousAttack({
    name: 'fmn',
    options,
    create,
    isMinimal: true,
    *walk(point) {
      const { delta } = point
      const { loss, distance } = yield* wayOutBy(objective, point, 'l2')
      if (!Number.isFinite(distance)) return
      const climb = { losses: [loss], gradients: true }
      const judge = { losses: climb.losses, gradients: false }
      let epsilon = Infinity
      for (let step = 0; ; step++) {
        const { reached, losses, gradients } = yield step < steps ? climb : judge
        if (reached) point.keepSmaller(norm)
        if (step === steps) return
        const rate = fallByCosine(gamma, LAST_GAMMA, step, steps)
        if (reached) epsilon = Math.min((1 - rate) * epsilon, point.bestNorm)
        else if (point.reached) epsilon *= 1 + rate
        else epsilon = (1 + rate) * (normOf(norm, delta) + Math.abs(losses[0]) / normOf(DUAL[norm], gradients[0]))
        if (!Number.isFinite(epsilon)) return
        l2.step(delta, gradients[0], stepSize * distance * stepShareAt(step, steps))
        ball.project(delta, epsilon)
      }
    },
  })
}
