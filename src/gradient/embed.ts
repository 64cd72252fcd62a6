import type { Embeddings } from '../embeddings/embeddings.js'
import type { EmbeddedBatch } from './victim.js'

/** Looks up the vectors of each example's words: a batch of its own memory. */
export function embed({ vectors, dimensions }: Embeddings, examples: readonly Int32Array[]): EmbeddedBatch {
  const offsets = new Int32Array(examples.length + 1)
  examples.forEach((ids, b) => {
    offsets[b + 1] = offsets[b] + ids.length
  })
  const embedded = new Float32Array(offsets[examples.length] * dimensions)
  let before: Int32Array | undefined
  for (let b = 0; b < examples.length; b++) {
    const ids = examples[b]
    const start = offsets[b] * dimensions
    // Attacks ask for many texts that differ in a word: what is common is copied at once.
    if (before?.length === ids.length) embedded.copyWithin(start, offsets[b - 1] * dimensions, start)
    else before = undefined
    for (let position = 0; position < ids.length; position++) {
      const id = ids[position]
      if (before?.[position] === id) continue
      // Vectors are short: a loop is faster than a view and a copy of each.
      const at = start + position * dimensions
      for (let d = 0; d < dimensions; d++) embedded[at + d] = vectors[id * dimensions + d]
    }
    before = ids
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
