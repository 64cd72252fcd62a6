import type { EmbeddedBatch } from '../victim.js'
import { positionProducts } from './gradient-times-input.js'
import type { ReadScalar } from './scalar.js'

/**
 * Integrated gradients of each position, [T]: v_i · the mean of dF/dv_i along the straight line from the baseline, where
 * every embedded word is zero (Sundararajan, Taly, Yan: "Axiomatic Attribution for Deep Networks", ICML 2017, equation 1).
 * Their sum over an example is F(x) - F(0): exactly where F is affine, else as the number of steps grows.
 * @param steps points on the line, in the middle of as many equal parts
 */
export function integratedGradients(read: ReadScalar, batch: EmbeddedBatch, steps: number): Float64Array {
  const total = new Float64Array(batch.embedded.length)
  for (let step = 0; step < steps; step++) {
    const part = (step + 0.5) / steps
    const { gradient } = read({ ...batch, embedded: batch.embedded.map((value) => part * value) })
    for (let i = 0; i < total.length; i++) total[i] += gradient[i] / steps
  }
  return positionProducts(total, batch)
}
