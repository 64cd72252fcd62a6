import type { Ball } from './ball.js'

/** The cube: a step moves every coordinate by its full length. */
export const linf: Ball = {
  step(delta, gradient, length) {
    for (let i = 0; i < delta.length; i++) {
      const g = gradient[i]
      if (g > 0) delta[i] += length
      else if (g < 0) delta[i] -= length
    }
  },

  project(delta, radius) {
    for (let i = 0; i < delta.length; i++) {
      const value = delta[i]
      if (value > radius) delta[i] = radius
      else if (value < -radius) delta[i] = -radius
    }
  },

  draw(delta, radius, stream) {
    for (let i = 0; i < delta.length; i++) delta[i] = radius * (2 * stream.uniform() - 1)
  },
}
