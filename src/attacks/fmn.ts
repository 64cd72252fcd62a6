import { z } from 'zod'
import { normOf } from '../base/norm.js'
import type { Attack, AttackDefinition } from './attack.js'
import { adaptiveNormOptions, adaptiveNormWalk } from './continuous/adaptive-norm.js'
import { continuousAttack } from './continuous/continuous-attack.js'
import { minimalOptions } from './continuous/continuous-options.js'
import { fallByCosine } from './continuous/cosine-steps.js'
import { balls } from './continuous/norms/balls.js'
import { DUAL } from './continuous/norms/dual.js'

const options = z.strictObject({ ...minimalOptions, ...adaptiveNormOptions })
type Options = z.output<typeof options>

/** γ falls to this by half a cosine, as α does: the value of the authors' code. */
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
  const { norm, steps, gamma } = options
  return continuousAttack({
    name: 'fmn',
    options,
    create,
    isMinimal: true,
    walk(point) {
      let epsilon = Infinity
      return adaptiveNormWalk(point, {
        ...options,
        epsilonAfter(step, { reached, losses: [loss], gradients: [gradient] }) {
          const rate = fallByCosine(gamma, LAST_GAMMA, step, steps)
          if (reached) epsilon = Math.min((1 - rate) * epsilon, point.bestNorm)
          else if (point.reached) epsilon *= 1 + rate
          else epsilon = (1 + rate) * (normOf(norm, point.delta) + Math.abs(loss) / normOf(DUAL[norm], gradient))
          return epsilon
        },
        fit: balls[norm].project,
      })
    },
  })
}
