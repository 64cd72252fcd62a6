import { z } from 'zod'
import type { Attack, AttackDefinition } from './attack.js'
import { apgdAscent } from './continuous/apgd-ascent.js'
import { continuousAttack } from './continuous/continuous-attack.js'
import { ballOptions, continuousObjective } from './continuous/continuous-options.js'
import { restartOptions, startsElsewhere, withRestarts } from './continuous/restarts.js'
import { lossToRaise } from './continuous/way-out.js'

const options = z.strictObject({
  ...ballOptions,
  steps: z.int().positive().default(100).describe('steps of each run'),
  ...restartOptions,
  objective: continuousObjective.default('nearest'),
})
type Options = z.output<typeof options>

/**
 * Projected gradient ascent with momentum that needs no step size: the first step is 2 ε, and at checkpoints that come
 * ever faster it is halved, and the walk set back to its best iterate, where the loss does not rise often enough. In L1
 * the steps are sparse and follow a schedule of their own. With objectives cross-entropy and dlr these are the APGD-CE
 * and APGD-DLR of AutoAttack (its box is left out: embeddings have none).
 */
export const apgd = {
  name: 'apgd',
  kind: 'continuous',
  summary: 'Auto-PGD: projected gradient steps that set their own length (L2, Linf; sparse ones in L1)',
  reference:
    'Croce, Hein: Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse Parameter-free Attacks, ' +
    'ICML 2020, algorithm 1; L1: Croce, Hein: Mind the Box: l1-APGD for Sparse Adversarial Attacks, ICML 2021, algorithm 2',
  options,
  create,
} as const satisfies AttackDefinition<typeof options>

function create(options: Options): Attack {
  const { norm, epsilon, steps, objective } = options
  return continuousAttack({
    name: 'apgd',
    options,
    create,
    startsElsewhere: startsElsewhere(options),
    *walk(point, context) {
      const loss = yield* lossToRaise(objective, point, norm)
      yield* withRestarts(point, options, context, (fromElsewhere) =>
        apgdAscent(point, loss, { norm, radius: epsilon, steps, fromElsewhere }, (reading) =>
          point.keepHigher(reading),
        ),
      )
    },
  })
}
