import type { Ball } from './ball.js'

/** The cube: a step moves every coordinate by its full length. */
export const linf: Ball = {
  step(delta, gradient, length) {
    for (let i = 0; i < delta.length; i++) delta[i] += length * Math.sign(gradient[i])
  },

  project(delta, radius) {
    for (let i = 0; i < delta.length; i++) delta[i] = Math.min(radius, Math.max(-radius, delta[i]))
  },

  draw(delta, radius, stream) {
    for (let i = 0; i < delta.length; i++) delta[i] = radius * (2 * stream.uniform() - 1)
  },
}
