import { balls } from '#src/attacks/continuous/norms/balls.js'
import type { Norm } from '#src/base/norm.js'

/** What a ball's step of this length adds to zero. */
export function step(norm: Norm, gradient: readonly number[], length: number): Float64Array {
  const delta = new Float64Array(gradient.length)
  balls[norm].step(delta, gradient, length)
  return delta
}

/** The point of a ball around zero that is nearest to another. */
export function project(norm: Norm, point: ArrayLike<number>, radius: number): Float64Array {
  const delta = Float64Array.from(point)
  balls[norm].project(delta, radius)
  return delta
}
