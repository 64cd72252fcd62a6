import { z } from 'zod'
import type { Norm } from '../base/norm.js'
import { continuousObjective } from './continuous-options.js'
import { stepShareAt } from './cosine-steps.js'
import type { AttackObjective } from './losses.js'
import { l2 } from './norms/l2.js'
import type { Point, Reading, Walk } from './walk.js'
import { wayOutBy } from './way-out.js'

/** Options of attacks that look for the least norm by one that follows the boundary. */
export const adaptiveNormOptions = {
  steps: z.int().positive().default(100).describe('how many steps'),
  gamma: z.number().positive().lt(1).default(0.05).describe('share by which ε grows or shrinks in the first step'),
  stepSize: z
    .number()
    .positive()
    .default(1)
    .describe('length of the first step, in multiples of the distance at which the margin, taken as linear, ends'),
  objective: continuousObjective.default('nearest'),
}

interface AdaptiveNorm {
  readonly norm: Norm
  readonly steps: number
  readonly stepSize: number
  readonly objective: AttackObjective
  /**
   * The ε of the next iterate, of what the victim says of this one. An infinite one ends the walk.
   * @param distance at which the margin, taken as linear at the text, ends
   */
  epsilonAfter(step: number, reading: Reading, distance: number): number
  /** Brings δ, moved along the gradient, to ε. */
  fit(delta: Float64Array, epsilon: number): void
}

/**
 * What DDN and FMN share: δ moves by α along the L2-normalised gradient and is brought to a norm ε, or within it, that
 * shrinks after an adversarial iterate and grows after another; of the adversarial ones the smallest is kept. α falls to a
 * hundredth by half a cosine. The papers' first steps are absolute, for pixels; here they are in multiples of the distance
 * at which the margin ends by the gradient at the text.
 */
export function* adaptiveNormWalk(
  point: Point,
  { norm, steps, stepSize, objective, epsilonAfter, fit }: AdaptiveNorm,
): Walk {
  const { delta } = point
  const { loss, distance } = yield* wayOutBy(objective, point, 'l2')
  if (!Number.isFinite(distance)) return
  const climb = { losses: [loss], gradients: true }
  const judge = { losses: climb.losses, gradients: false }
  for (let step = 0; ; step++) {
    const reading = yield step < steps ? climb : judge
    if (reading.reached) point.keepSmaller(norm)
    if (step === steps) return
    const epsilon = epsilonAfter(step, reading, distance)
    if (!Number.isFinite(epsilon)) return
    l2.step(delta, reading.gradients[0], stepSize * distance * stepShareAt(step, steps))
    fit(delta, epsilon)
  }
}
