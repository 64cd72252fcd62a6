import type { Embeddings } from './embeddings.js'
import { FoldedWords } from './folded-words.js'
import { cosine, spearman } from './similarity.js'
import type { JudgedPair } from './word-tests.js'

/** How well cosines agree with what people judged. */
export interface SimilarityScore {
  readonly pairs: number
  /** Pairs left out because one of their words is unknown. */
  readonly outOfVocabulary: number
  /** Spearman's correlation of cosines and judgements, in [-1, 1]; undefined when there is none. */
  readonly spearman: number | undefined
}

/** How well cosines order the pairs as people do; case is disregarded. */
export function similarityScore(embeddings: Embeddings, pairs: readonly JudgedPair[]): SimilarityScore {
  const words = new FoldedWords(embeddings.vocabulary)
  const cosines: number[] = []
  const scores: number[] = []
  for (const { words: written, score } of pairs) {
    const [first, second] = written.map((word) => words.idOf(word))
    if (first === undefined || second === undefined) continue
    cosines.push(cosine(embeddings.vectorOf(first), embeddings.vectorOf(second)))
    scores.push(score)
  }
  return { pairs: pairs.length, outOfVocabulary: pairs.length - scores.length, spearman: spearman(cosines, scores) }
}
