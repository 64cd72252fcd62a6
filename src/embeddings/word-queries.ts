import { UserError } from '../base/errors.js'
import { nearestName } from '../text/nearest-name.js'
import { quoted } from '../text/quoted.js'
import type { WordId } from '../text/vocabulary.js'
import { solveAnalogy } from './analogy.js'
import type { Embeddings } from './embeddings.js'
import { FoldedWords } from './folded-words.js'
import { type Neighbour, NeighbourTable } from './nearest.js'
import { cosine } from './similarity.js'

/** A word and how near it is. */
export interface NearWord {
  readonly word: string
  /** Cosine, in [-1, 1]. */
  readonly similarity: number
}

/**
 * The `count` words nearest to a word, nearest first.
 * @throws UserError when the word is unknown
 */
export function nearestToWord(embeddings: Embeddings, word: string, count: number): NearWord[] {
  return named(embeddings, new NeighbourTable(embeddings).nearestTo(knownWord(embeddings, word), count))
}

/**
 * The `count` best answers to: `a` is to `b` as `c` is to what? (see {@link solveAnalogy})
 * @throws UserError when a word is unknown
 */
export function answerAnalogy(
  embeddings: Embeddings,
  [a, b, c]: readonly [string, string, string],
  count: number,
): NearWord[] {
  const known = (word: string) => knownWord(embeddings, word)
  const question = { a: known(a), b: known(b), c: known(c) }
  return named(embeddings, solveAnalogy(new NeighbourTable(embeddings), question, count))
}

/**
 * The cosine of two words' vectors.
 * @throws UserError when a word is unknown
 */
export function wordSimilarity(embeddings: Embeddings, first: string, second: string): number {
  const vector = (word: string) => embeddings.vectorOf(knownWord(embeddings, word))
  return cosine(vector(first), vector(second))
}

/**
 * The number of a word that is to be known.
 * @throws UserError when it is not, with the known word that differs from it by case, or by a few letters, where there is one
 */
function knownWord({ vocabulary }: Embeddings, word: string): WordId {
  const id = vocabulary.idOf(word)
  if (id !== undefined) return id
  const other = new FoldedWords(vocabulary).idOf(word)
  const near = other === undefined ? nearestName(word, vocabulary.words) : vocabulary.words[other]
  const advice = near === undefined ? `not among the ${vocabulary.size} words` : `did you mean ${quoted(near)}?`
  throw new UserError(`unknown word ${quoted(word)}: ${advice}`)
}

function named({ vocabulary }: Embeddings, neighbours: readonly Neighbour[]): NearWord[] {
  return neighbours.map(({ id, similarity }) => ({ word: vocabulary.words[id], similarity }))
}
