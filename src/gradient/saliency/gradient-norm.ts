import type { EmbeddedBatch } from '../victim.js'
import type { ReadScalar } from './scalar.js'

/**
 * |dF/dv_i|_2 of each position, [T] (Li, Chen, Hovy, Jurafsky: "Visualizing and Understanding Neural Models in NLP",
 * 2016).
 */
export function gradientNorm(read: ReadScalar, batch: EmbeddedBatch): Float64Array {
  const D = batch.dimensions
  const { gradient } = read(batch)
  return Float64Array.from({ length: gradient.length / D }, (_, t) => {
    let sum = 0
    for (let i = t * D; i < (t + 1) * D; i++) sum += gradient[i] ** 2
    return Math.sqrt(sum)
  })
}
