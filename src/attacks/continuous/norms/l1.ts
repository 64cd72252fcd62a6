import { normOf } from '../../../base/norm.js'
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
   * Every size is lowered by the same threshold, and those below it become zero (Duchi, Shalev-Shwartz, Singer, Chandra:
   * "Efficient Projections onto the l1-Ball for Learning in High Dimensions", ICML 2008). The threshold is found without
   * sorting, by leaving out what lies below the threshold of those left until none does (Michelot 1986).
   */
  project(delta, radius) {
    let sum = normOf('l1', delta)
    if (sum <= radius) return
    const left = delta.map(Math.abs)
    let count = left.length
    let threshold = (sum - radius) / count
    for (let before = 0; count !== before; threshold = (sum - radius) / count) {
      before = count
      sum = 0
      count = 0
      for (let i = 0; i < before; i++) {
        if (left[i] <= threshold) continue
        sum += left[i]
        left[count++] = left[i]
      }
      if (count === 0) break
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
