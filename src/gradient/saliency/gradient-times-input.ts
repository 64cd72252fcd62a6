import type { EmbeddedBatch } from '../victim.js'
import type { ReadScalar } from './scalar.js'

/**
 * dF/dv_i · v_i of each position, [T] (Denil, Demiraj, de Freitas: "Extraction of Salient Sentences from Labelled
 * Documents", 2014).
 */
export function gradientTimesInput(read: ReadScalar, batch: EmbeddedBatch): Float64Array {
  return positionProducts(read(batch).gradient, batch)
}

/** The dot product of two vectors at each position, [T]: of values [T, D] and the embedded words. */
export function positionProducts(values: ArrayLike<number>, { embedded, dimensions: D }: EmbeddedBatch): Float64Array {
  return Float64Array.from({ length: embedded.length / D }, (_, t) => {
    let sum = 0
    for (let i = t * D; i < (t + 1) * D; i++) sum += values[i] * embedded[i]
    return sum
  })
}
