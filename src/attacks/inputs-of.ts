import type { Embeddings } from '../embeddings/embeddings.js'
import { embed } from '../gradient/embed.js'
import type { AttackExample } from './attack.js'

/** The embedded inputs [C, D] that a continuous attack begins with: only to be read. */
export function inputsOf(embeddings: Embeddings, examples: readonly AttackExample[]): readonly Float32Array[] {
  const looked = examples.map(({ embedded, encoded }) => (embedded === undefined ? encoded.ids : NO_WORDS))
  const { embedded: vectors, offsets, dimensions } = embed(embeddings, looked)
  return examples.map(
    ({ embedded }, b) => embedded ?? vectors.subarray(offsets[b] * dimensions, offsets[b + 1] * dimensions),
  )
}

const NO_WORDS = new Int32Array()
