import { z } from 'zod'
import { type Norm, normOf } from '../../base/norm.js'
import { continuousObjective } from './continuous-options.js'
import { stepShareAt } from './cosine-steps.js'
import type { AttackObjective } from './losses.js'
import { balls } from './norms/balls.js'
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
    .describe(
      'L2 length of the first step, in multiples of that of the perturbation which ends the margin, were it linear',
    ),
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
 * hundredth by half a cosine. The papers' first α is absolute, for pixels; here it is in multiples of the L2 length of the
 * perturbation that ends the margin by the gradient at the text, and has the least norm: in L1 it is longer than the least
 * in L2, and steps of that would be too short to gather a dense δ on its steepest coordinate.
 */
export function* adaptiveNormWalk(
  point: Point,
  { norm, steps, stepSize, objective, epsilonAfter, fit }: AdaptiveNorm,
): Walk {
  const { delta } = point
  const { loss, distance } = yield* wayOutBy(objective, point, norm)
  if (!Number.isFinite(distance)) return
  const climb = { losses: [loss], gradients: true }
  const judge = { losses: climb.losses, gradients: false }
  let longest = 0
  for (let step = 0; ; step++) {
    const reading = yield step < steps ? climb : judge
    if (reading.reached) point.keepSmaller(norm)
    if (step === steps) return
    const epsilon = epsilonAfter(step, reading, distance)
    if (!Number.isFinite(epsilon)) return
    const [gradient] = reading.gradients
    if (step === 0) longest = stepSize * lengthOf(distance, norm, gradient)
    l2.step(delta, gradient, longest * stepShareAt(step, steps))
    fit(delta, epsilon)
  }
}

/** The L2 length of the δ of a norm that raises the loss most, were it linear. */
function lengthOf(distance: number, norm: Norm, gradient: Float32Array): number {
  const delta = new Float64Array(gradient.length)
  balls[norm].step(delta, gradient, distance)
  return normOf('l2', delta)
}
