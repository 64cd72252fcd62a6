import type { Norm } from '../../base/norm.js'
import type { Loss } from './losses.js'
import { balls } from './norms/balls.js'
import type { Point, Reading, Walk } from './walk.js'

export interface Ascent {
  readonly norm: Norm
  /** Of the ball. */
  readonly radius: number
  readonly steps: number
  /** Of a step, in the norm. */
  readonly length: number
  /** Decay of the gradients summed so far; 0 is none. */
  readonly momentum: number
  /** Whether δ is not 0: where an ascent begins at the text, the text itself is no result. */
  readonly fromElsewhere: boolean
}

/** A δ none of whose numbers moves by more than this share of the radius stands still but for rounding. */
const STILL = 1e-12

/**
 * δ becomes P(δ + α · steepest(g)), P the Euclidean projection to the ball (Madry et al. 2018, section 2.1); with
 * momentum μ the step follows m, which becomes μ m + g/|g|₁ (Dong et al. 2018, equation 6). Ends once the goal is
 * reached, or a step without momentum is undone by the projection, as all later ones would be; the iterate after the last
 * step is only judged. `offer` is told of each iterate.
 */
export function* projectedAscent(
  { delta }: Point,
  loss: Loss,
  { norm, radius, steps, length, momentum, fromElsewhere }: Ascent,
  offer: (reading: Reading) => void,
): Walk<boolean> {
  const ball = balls[norm]
  const climb = { losses: [loss], gradients: true }
  const judge = { losses: [loss], gradients: false }
  const sum = momentum > 0 ? new Float64Array(delta.length) : undefined
  const before = new Float64Array(delta.length)
  for (let step = 0; ; step++) {
    const reading = yield step < steps ? climb : judge
    if (step > 0 || fromElsewhere) offer(reading)
    if (reading.reached && (step > 0 || fromElsewhere)) return true
    if (step === steps) return false
    const [gradient] = reading.gradients
    before.set(delta)
    ball.step(delta, sum ? accumulate(sum, gradient, momentum) : gradient, length)
    ball.project(delta, radius)
    if (!sum && standsStill(delta, before, STILL * radius)) return false
  }
}

function standsStill(delta: Float64Array, before: Float64Array, tolerance: number): boolean {
  for (let i = 0; i < delta.length; i++) if (Math.abs(delta[i] - before[i]) > tolerance) return false
  return true
}

/** m becomes μ m + g/|g|₁. */
function accumulate(sum: Float64Array, gradient: Float32Array, decay: number): Float64Array {
  let size = 0
  for (let i = 0; i < gradient.length; i++) size += Math.abs(gradient[i])
  for (let i = 0; i < gradient.length; i++) sum[i] = decay * sum[i] + (size > 0 ? gradient[i] / size : 0)
  return sum
}
