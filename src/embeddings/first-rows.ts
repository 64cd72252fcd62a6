import { Vocabulary } from '../text/vocabulary.js'
import { Embeddings } from './embeddings.js'

/** The first `limit` words with their vectors: a view of the same memory. */
export function firstRows(embeddings: Embeddings, limit: number): Embeddings {
  const { vocabulary, vectors, dimensions } = embeddings
  if (limit >= vocabulary.size) return embeddings
  const first = new Vocabulary(vocabulary.words.slice(0, limit), vocabulary.counts.slice(0, limit))
  return new Embeddings(first, vectors.subarray(0, limit * dimensions), dimensions)
}
