/** The best words of Q queries, [Q, best], the best first. */
export interface RankedRows {
  readonly words: Uint32Array
  readonly scores: Float32Array
}

/** The best of each query, of the best of its parts: the highest score first, of equals the lower number first. */
export function bestOfParts({ words, scores }: RankedRows, count: number, best: number): RankedRows {
  const found = { words: new Uint32Array(count * best), scores: new Float32Array(count * best) }
  const ofQuery = words.length / count
  for (let q = 0; q < count; q++) {
    const order = Array.from({ length: ofQuery }, (_, i) => q * ofQuery + i)
    order.sort((a, b) => scores[b] - scores[a] || words[a] - words[b])
    for (let i = 0; i < best; i++) {
      found.words[q * best + i] = words[order[i]]
      found.scores[q * best + i] = scores[order[i]]
    }
  }
  return found
}
