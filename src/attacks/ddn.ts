import { z } from 'zod'
import { normOf } from '../base/norm.js'
import type { Attack, AttackDefinition } from './attack.js'
import { adaptiveNormOptions, adaptiveNormWalk } from './continuous/adaptive-norm.js'
import { continuousAttack } from './continuous/continuous-attack.js'
import { minimalOptions } from './continuous/continuous-options.js'

const options = z.strictObject({
  ...minimalOptions,
  norm: z.literal('l2').default('l2').describe('the norm that is made small'),
  ...adaptiveNormOptions,
  gamma: adaptiveNormOptions.gamma.describe('share by which the norm grows or shrinks in a step'),
})
type Options = z.output<typeof options>

/**
 * Algorithm 1: δ_k = δ_{k-1} + α g/|g|₂, and the iterate is x + ε_k δ_k/|δ_k|₂, where ε_k is (1 - γ) ε_{k-1} after an
 * adversarial iterate and (1 + γ) ε_{k-1} after another. The paper's ε_0 is 1, for pixels; here it is the distance at which
 * the margin ends by the gradient at the text.
 */
export const ddn = {
  name: 'ddn',
  kind: 'continuous',
  summary: 'minimal norm: direction and length apart (L2)',
  reference:
    'Rony, Hafemann, Oliveira, Ben Ayed, Sabourin, Granger: Decoupling Direction and Norm for Efficient Gradient-Based ' +
    'L2 Adversarial Attacks and Defenses, CVPR 2019, algorithm 1',
  options,
  create,
} as const satisfies AttackDefinition<typeof options>

function create(options: Options): Attack {
  const { gamma } = options
  return continuousAttack({
    name: 'ddn',
    options,
    create,
    isMinimal: true,
    walk(point) {
      let epsilon = 0
      return adaptiveNormWalk(point, {
        ...options,
        epsilonAfter(step, { reached }, distance) {
          epsilon = step === 0 ? distance : epsilon * (reached ? 1 - gamma : 1 + gamma)
          return epsilon
        },
        fit: rescale,
      })
    },
  })
}

/** Gives δ the L2 norm ε; a δ of zeros stays. */
function rescale(delta: Float64Array, epsilon: number): void {
  const size = normOf('l2', delta)
  if (size > 0) for (let i = 0; i < delta.length; i++) delta[i] *= epsilon / size
}
