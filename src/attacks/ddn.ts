import { z } from 'zod'
import { normOf } from '../base/norm.js'
import type { Attack, AttackDefinition } from './attack.js'
import { continuousAttack } from './continuous-attack.js'
import { continuousObjective, minimalOptions } from './continuous-options.js'
import { firstStepOption, stepShareAt } from './cosine-steps.js'
import { wayOutBy } from './nearest-rival.js'
import { l2 } from './norms/l2.js'

const options = z.strictObject({
  ...minimalOptions,
  norm: z.literal('l2').default('l2').describe('the norm that is made small'),
  steps: z.int().positive().default(100).describe('how many steps'),
  gamma: z.number().positive().lt(1).default(0.05).describe('how much the norm grows or shrinks in a step'),
  stepSize: firstStepOption,
  objective: continuousObjective.default('nearest'),
})
type Options = z.output<typeof options>

/**
 * Algorithm 1: δ moves along the gradient by α, then gets the norm ε, which shrinks by γ after an adversarial iterate and
 * grows by γ after another; of the adversarial ones the smallest is kept. The paper's first norm and step are 1, for
 * pixels; here both are in multiples of the distance at which the margin ends by the gradient at the text.
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
  const { steps, gamma, stepSize, objective } = options
  return continuousAttack({
    name: 'ddn',
    options,
    create,
    isMinimal: true,
    *walk(point) {
      const { delta } = point
      const { loss, distance } = yield* wayOutBy(objective, point, 'l2')
      if (!Number.isFinite(distance)) return
      const climb = { losses: [loss], gradients: true }
      const judge = { losses: climb.losses, gradients: false }
      let norm = distance
      for (let step = 0; ; step++) {
        const reading = yield step < steps ? climb : judge
        if (reading.reached) point.keepSmaller('l2')
        if (step === steps) return
        if (step > 0) norm *= reading.reached ? 1 - gamma : 1 + gamma
        l2.step(delta, reading.gradients[0], distance * stepSize * stepShareAt(step, steps))
        const size = normOf('l2', delta)
        if (size === 0) return
        for (let i = 0; i < delta.length; i++) delta[i] *= norm / size
      }
    },
  })
}
