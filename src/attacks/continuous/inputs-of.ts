import type { Embeddings } from '../../embeddings/embeddings.js'
import { embed, exampleOf } from '../../gradient/embed.js'
import type { AttackExample } from '../attack.js'

/** The embedded inputs [C, D] that a continuous attack begins with: only to be read. */
export function inputsOf(embeddings: Embeddings, examples: readonly AttackExample[]): readonly Float32Array[] {
  const looked = examples.map(({ embedded, encoded }) => (embedded === undefined ? encoded.ids : NO_WORDS))
  const batch = embed(embeddings, looked)
  return examples.map(({ embedded }, b) => embedded ?? exampleOf(batch, b))
}

const NO_WORDS = new Int32Array()
