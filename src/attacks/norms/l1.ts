import { normOf } from '../../base/norm.js'
import type { Ball } from './ball.js'

/** The diamond: a step puts all its length on the steepest coordinate (the first of equals). */
export const l1: Ball = {
  step(delta, gradient, length) {
    let steepest = 0
    for (let i = 1; i < delta.length; i++) {
      if (Math.abs(gradient[i]) > Math.abs(gradient[steepest])) steepest = i
    }
    delta[steepest] += length * Math.sign(gradient[steepest])
  },

  /**
   * Duchi, Shalev-Shwartz, Singer, Chandra: "Efficient Projections onto the l1-Ball for Learning in High Dimensions",
   * ICML 2008, figure 1: every size is lowered by the same threshold, and those below it become zero.
   */
  project(delta, radius) {
    if (normOf('l1', delta) <= radius) return
    const sizes = delta.map(Math.abs).sort()
    let sum = sizes[sizes.length - 1]
    let threshold = sum - radius
    for (let count = 2; count <= sizes.length; count++) {
      const size = sizes[sizes.length - count]
      sum += size
      const next = (sum - radius) / count
      if (size <= next) break
      threshold = next
    }
    for (let i = 0; i < delta.length; i++) delta[i] = Math.sign(delta[i]) * Math.max(0, Math.abs(delta[i]) - threshold)
  },

  /** n + 1 exponential draws over their sum are uniform on the simplex (Devroye 1986, chapter V.2); n of them get signs. */
  draw(delta, radius, stream) {
    const exponential = () => -Math.log(1 - stream.uniform())
    let sum = exponential()
    for (let i = 0; i < delta.length; i++) {
      const size = exponential()
      sum += size
      delta[i] = stream.uint32() & 1 ? size : -size
    }
    if (sum === 0) return
    for (let i = 0; i < delta.length; i++) delta[i] *= radius / sum
  },
}
