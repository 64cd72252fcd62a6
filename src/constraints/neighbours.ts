import type { Embeddings } from '../embeddings/embeddings.js'
import { NeighbourTable } from '../embeddings/nearest.js'
import type { CandidateSource } from './candidate-source.js'
import { HeldLists } from './held-lists.js'

/**
 * The words nearest in the embeddings by cosine, nearest first, found when a word is first asked for.
 * @param count how many at most, at least 1
 * @param minCosine leaves out those less similar, in [-1, 1]
 */
export function neighbours(embeddings: Embeddings, count: number, minCosine = -1): CandidateSource {
  const table = new NeighbourTable(embeddings)
  const lists = new HeldLists((word) => {
    const near = table.nearestTo(word, count).filter(({ similarity }) => similarity >= minCosine)
    return Int32Array.from(near, ({ id }) => id)
  })
  return { name: 'neighbours', candidatesOf: (word) => lists.of(word) }
}
