import { z } from 'zod'
import type { Attack, AttackDefinition } from './attack.js'
import { continuousAttack } from './continuous/continuous-attack.js'
import { minimalOptions } from './continuous/continuous-options.js'
import { ascentOptions, stepShare } from './continuous/pgd-options.js'
import { projectedAscent } from './continuous/projected-ascent.js'
import { wayOutBy } from './continuous/way-out.js'

const options = z.strictObject({
  ...minimalOptions,
  ...ascentOptions,
  precision: z
    .number()
    .min(1e-6)
    .max(1)
    .default(0.002)
    .describe('bisect until the ball that flips is larger than one that does not by no more than this share'),
})
type Options = z.output<typeof options>

/** So often the ball is doubled before an example is given up: to a million times the distance by the gradient. */
const DOUBLINGS = 20

/**
 * PGD in balls of a radius that is bisected: the smallest in which it flips. The first ball is a little larger than the
 * distance at which the margin, taken as linear at the text, ends; it is doubled until PGD flips, then bisected by the
 * geometric mean. Where the first ball flips, the next is hardly smaller than what flipped there, which is all that a
 * linear victim needs; while balls go on flipping, they shrink ever faster. Each run begins at the text.
 */
export const pgdMinimal = {
  name: 'pgd-minimal',
  kind: 'continuous',
  summary: 'minimal norm: PGD within a ball whose radius is bisected',
  reference:
    'Madry, Makelov, Schmidt, Tsipras, Vladu: Towards Deep Learning Models Resistant to Adversarial Attacks, ' +
    'ICLR 2018, section 2.1, with the radius bisected',
  options,
  create,
} as const satisfies AttackDefinition<typeof options>

function create(chosen: Options): Attack {
  const options = { ...chosen, stepSize: stepShare(chosen) }
  const { norm, steps, stepSize, momentum, objective, precision } = options
  return continuousAttack({
    name: 'pgd-minimal',
    options,
    create,
    isMinimal: true,
    *walk(point) {
      const { loss, distance } = yield* wayOutBy(objective, point, norm)
      if (!Number.isFinite(distance)) return
      let none = 0
      let shrink = 1 + precision
      let radius = distance * (1 + precision / 2)
      for (let doubled = 0; ; ) {
        point.delta.fill(0)
        const ascent = { norm, radius, steps, length: stepSize * radius, momentum, fromElsewhere: false }
        const flips = yield* projectedAscent(point, loss, ascent, () => {})
        if (flips) point.keepSmaller(norm)
        else none = radius
        if (point.bestNorm <= none * (1 + precision)) return
        if (point.reached && none > 0) radius = Math.sqrt(none * point.bestNorm)
        else if (point.reached) {
          radius = point.bestNorm / shrink
          shrink **= 2
        } else if (doubled++ < DOUBLINGS) radius *= 2
        else return
      }
    },
  })
}
