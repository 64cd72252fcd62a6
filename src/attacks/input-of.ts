import type { Embeddings } from '../embeddings/embeddings.js'
import { embed } from '../gradient/embed.js'
import type { AttackExample } from './attack.js'

/** The embedded input [C, D] that a continuous attack begins with: memory of its own. */
export function inputOf(embeddings: Embeddings, { embedded, encoded }: AttackExample): Float32Array {
  return embedded === undefined ? embed(embeddings, [encoded.ids]).embedded : embedded.slice()
}
