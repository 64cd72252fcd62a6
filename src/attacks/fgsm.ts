import { z } from 'zod'
import type { Attack, AttackDefinition } from './attack.js'
import { continuousAttack } from './continuous/continuous-attack.js'
import { ballOptions, continuousObjective } from './continuous/continuous-options.js'
import { balls } from './continuous/norms/balls.js'
import { lossToRaise } from './continuous/way-out.js'

const options = z.strictObject({
  ...ballOptions,
  objective: continuousObjective.default('margin'),
})
type Options = z.output<typeof options>

/**
 * One step to the point of the ball where the loss, taken as linear at the text, is highest: x + ε sign(g) in Linf
 * (the paper's FGSM), x + ε g/|g|₂ in L2 (FGM), all of ε on the largest |g| in L1.
 */
export const fgsm = {
  name: 'fgsm',
  kind: 'continuous',
  summary: 'one step along the gradient, as far as the ball goes (FGSM in Linf, FGM in L2 and L1)',
  reference: 'Goodfellow, Shlens, Szegedy: Explaining and Harnessing Adversarial Examples, ICLR 2015, section 4',
  options,
  create,
} as const satisfies AttackDefinition<typeof options>

function create(options: Options): Attack {
  const { epsilon, norm, objective } = options
  return continuousAttack({
    name: 'fgsm',
    options,
    create,
    *walk(point) {
      const loss = yield* lossToRaise(objective, point, norm)
      const { gradients } = yield { losses: [loss], gradients: true }
      balls[norm].step(point.delta, gradients[0], epsilon)
      point.keep()
    },
  })
}
