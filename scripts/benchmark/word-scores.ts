import { analogyAccuracy } from '../../src/embeddings/analogy-accuracy.js'
import type { Embeddings } from '../../src/embeddings/embeddings.js'
import { similarityScore } from '../../src/embeddings/similarity-score.js'
import { readAnalogies, readJudgedPairs } from '../../src/embeddings/word-tests.js'

/** The files of word tests; what is not named is not scored. */
export interface WordTestFiles {
  /** Google's questions-words.txt. */
  readonly analogies?: string
  /** Lines of word, word and score. */
  readonly similarity?: string
}

export interface WordScores {
  /** Share of the questions among the first 30,000 words that are answered. */
  readonly analogies?: number
  /** Spearman's correlation. */
  readonly similarity?: number
}

/** Scores word vectors. */
export async function wordScores(
  embeddings: Embeddings,
  { analogies, similarity }: WordTestFiles,
): Promise<WordScores> {
  return {
    analogies:
      analogies === undefined
        ? undefined
        : (await analogyAccuracy(embeddings, await readAnalogies(analogies), { first: 30_000 })).total.accuracy,
    similarity:
      similarity === undefined ? undefined : similarityScore(embeddings, await readJudgedPairs(similarity)).spearman,
  }
}
