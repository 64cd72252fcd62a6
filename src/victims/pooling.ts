import type { EmbeddedBatch } from '../gradient/victim.js'

/** How the words of an example become one vector. */
export type Pooling = 'mean' | 'sum'

/** The mean or sum of each example's embedded words, summed in float64 in the order of the words: [B, D]. */
export function pool({ embedded, offsets, dimensions }: EmbeddedBatch, pooling: Pooling): Float64Array {
  const rows = offsets.length - 1
  const pooled = new Float64Array(rows * dimensions)
  for (let b = 0; b < rows; b++) {
    const row = pooled.subarray(b * dimensions, (b + 1) * dimensions)
    for (let t = offsets[b]; t < offsets[b + 1]; t++) {
      for (let d = 0; d < dimensions; d++) row[d] += embedded[t * dimensions + d]
    }
    if (pooling === 'sum') continue
    const count = offsets[b + 1] - offsets[b]
    for (let d = 0; d < dimensions; d++) row[d] /= count
  }
  return pooled
}
