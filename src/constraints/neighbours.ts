import type { Embeddings } from '../embeddings/embeddings.js'
import type { WordId } from '../text/vocabulary.js'
import type { CandidateSource } from './candidate-source.js'

/** The words nearest in the embeddings by cosine: at most `count`, of at least `minCosine`. */
export function neighbours(
  { vectors, dimensions, vocabulary }: Embeddings,
  count: number,
  minCosine = -1,
): CandidateSource {
  const V = vocabulary.size
  const unit = new Float32Array(vectors.length)
  for (let v = 0; v < V; v++) {
    let n = 0
    for (let d = 0; d < dimensions; d++) n += vectors[v * dimensions + d] ** 2
    for (let d = 0; d < dimensions; d++)
      unit[v * dimensions + d] = n > 0 ? vectors[v * dimensions + d] / Math.sqrt(n) : 0
  }
  const known = new Map<WordId, Int32Array>()
  return {
    name: 'neighbours',
    candidatesOf(word) {
      let candidates = known.get(word)
      if (!candidates) {
        const near: { id: number; cosine: number }[] = []
        for (let v = 0; v < V; v++) {
          let cosine = 0
          for (let d = 0; d < dimensions; d++) cosine += unit[v * dimensions + d] * unit[word * dimensions + d]
          if (v !== word && cosine >= minCosine) near.push({ id: v, cosine })
        }
        near.sort((a, b) => b.cosine - a.cosine)
        known.set(word, (candidates = Int32Array.from(near.slice(0, count), ({ id }) => id)))
      }
      return candidates
    },
  }
}
