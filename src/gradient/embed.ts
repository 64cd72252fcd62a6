import type { Embeddings } from '../embeddings/embeddings.js'
import type { EmbeddedBatch } from './victim.js'

/** Looks up the vectors of each example's words: a batch of its own memory. */
export function embed({ vectors, dimensions }: Embeddings, examples: readonly Int32Array[]): EmbeddedBatch {
  const offsets = new Int32Array(examples.length + 1)
  examples.forEach((ids, b) => {
    offsets[b + 1] = offsets[b] + ids.length
  })
  const embedded = new Float32Array(offsets[examples.length] * dimensions)
  let at = 0
  for (const ids of examples) {
    for (const id of ids) {
      // Vectors are short: a loop is faster than a view and a copy of each.
      for (let from = id * dimensions; from < (id + 1) * dimensions; from++) embedded[at++] = vectors[from]
    }
  }
  return { embedded, offsets, dimensions }
}

/** The embedded words of an example of a batch, [C, D]: a view. */
export function exampleOf({ embedded, offsets, dimensions }: EmbeddedBatch, b: number): Float32Array {
  return embedded.subarray(offsets[b] * dimensions, offsets[b + 1] * dimensions)
}

/** Lays embedded inputs, each [C, D] of its own C, one after the other. */
export function joinEmbedded(inputs: readonly Float32Array[], dimensions: number): EmbeddedBatch {
  const offsets = new Int32Array(inputs.length + 1)
  inputs.forEach((input, b) => {
    offsets[b + 1] = offsets[b] + input.length / dimensions
  })
  const embedded = new Float32Array(offsets[inputs.length] * dimensions)
  inputs.forEach((input, b) => {
    embedded.set(input, offsets[b] * dimensions)
  })
  return { embedded, offsets, dimensions }
}
