import { z } from 'zod'
import type { Attack, AttackDefinition } from './attack.js'
import { continuousAttack } from './continuous/continuous-attack.js'
import { ballOptions, continuousObjective } from './continuous/continuous-options.js'
import { projectedAscent } from './continuous/projected-ascent.js'
import { lossToRaise } from './continuous/way-out.js'

const options = z.strictObject({
  ...ballOptions,
  steps: z.int().positive().default(10).describe('how many steps'),
  stepSize: z.number().nonnegative().default(0.2).describe('length of a step as a share of epsilon'),
  objective: continuousObjective.default('nearest'),
})
type Options = z.output<typeof options>

/**
 * x_{t+1} = Clip_{x,ε}(x_t + α sign(g_t)) from the text itself (the paper's equation of section 2.2); in L2 and L1 the
 * step and the ball are those of the norm. The text is the only start, and the first flip ends it.
 */
export const bim = {
  name: 'bim',
  kind: 'continuous',
  summary: 'the basic iterative method: a few steps of FGSM, each brought back to the ball',
  reference: 'Kurakin, Goodfellow, Bengio: Adversarial Examples in the Physical World, ICLR 2017 workshop, section 2.2',
  options,
  create,
} as const satisfies AttackDefinition<typeof options>

function create(options: Options): Attack {
  const { norm, epsilon, steps, stepSize, objective } = options
  const ascent = { norm, radius: epsilon, steps, length: stepSize * epsilon, momentum: 0, fromElsewhere: false }
  return continuousAttack({
    name: 'bim',
    options,
    create,
    *walk(point) {
      const loss = yield* lossToRaise(objective, point, norm)
      yield* projectedAscent(point, loss, ascent, (reading) => point.keepHigher(reading))
    },
  })
}
