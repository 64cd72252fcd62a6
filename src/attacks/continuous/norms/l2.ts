import { normOf } from '../../../base/norm.js'
import type { Ball } from './ball.js'

/** The round ball: a step goes along the gradient. */
export const l2: Ball = {
  step(delta, gradient, length) {
    const norm = normOf('l2', gradient)
    if (norm === 0) return
    const share = length / norm
    for (let i = 0; i < delta.length; i++) delta[i] += share * gradient[i]
  },

  project(delta, radius) {
    const norm = normOf('l2', delta)
    if (norm <= radius) return
    const share = radius / norm
    for (let i = 0; i < delta.length; i++) delta[i] *= share
  },

  /** A normal direction; the radius' power n is uniform. */
  draw(delta, radius, stream) {
    for (let i = 0; i < delta.length; i++) delta[i] = stream.normal()
    const scale = (radius * stream.uniform() ** (1 / delta.length)) / normOf('l2', delta)
    for (let i = 0; i < delta.length; i++) delta[i] *= scale
  },
}
