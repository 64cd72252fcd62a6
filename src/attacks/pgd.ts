import { z } from 'zod'
import type { Attack, AttackDefinition } from './attack.js'
import { continuousAttack } from './continuous/continuous-attack.js'
import { ballOptions } from './continuous/continuous-options.js'
import { ascendOnEngine } from './continuous/engine-ascent.js'
import { ascentOptions, stepShare } from './continuous/pgd-options.js'
import { projectedAscent } from './continuous/projected-ascent.js'
import { restartOptions, startsElsewhere, withRestarts } from './continuous/restarts.js'
import { lossToRaise } from './continuous/way-out.js'

const options = z.strictObject({
  ...ballOptions,
  ...ascentOptions,
  ...restartOptions,
})
type Options = z.output<typeof options>

/**
 * x_{t+1} = x + P(δ_t + α · steepest(g_t)): steps of steepest ascent in the norm, each brought back to the ball by the
 * Euclidean projection P. A run ends for an example once it flips; of runs that never flip the iterate of the best loss
 * is kept.
 */
export const pgd = {
  name: 'pgd',
  kind: 'continuous',
  summary: 'projected gradient steps within the ball, with restarts and momentum if wanted',
  reference:
    'Madry, Makelov, Schmidt, Tsipras, Vladu: Towards Deep Learning Models Resistant to Adversarial Attacks, ' +
    'ICLR 2018, section 2.1; momentum: Dong et al.: Boosting Adversarial Attacks with Momentum, CVPR 2018, equation 6',
  options,
  create,
} as const satisfies AttackDefinition<typeof options>

function create(chosen: Options): Attack {
  const options = { ...chosen, stepSize: stepShare(chosen) }
  const { norm, epsilon, steps, stepSize, momentum, objective } = options
  const attack = continuousAttack({
    name: 'pgd',
    options,
    create,
    startsElsewhere: startsElsewhere(options),
    *walk(point, context) {
      const loss = yield* lossToRaise(objective, point, norm)
      yield* withRestarts(point, options, context, (fromElsewhere) => {
        const ascent = { norm, radius: epsilon, steps, length: stepSize * epsilon, momentum, fromElsewhere }
        return projectedAscent(point, loss, ascent, (reading) => point.keepHigher(reading))
      })
    },
  })
  return {
    ...attack,
    run: (victim, examples, context) =>
      ascendOnEngine(victim, examples, options) ?? attack.run(victim, examples, context),
  }
}
