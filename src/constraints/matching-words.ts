import type { Vocabulary } from '../text/vocabulary.js'
import type { CandidateConstraint } from './candidate-constraint.js'

/** Puts in only words in which a regular expression finds something: `^[a-z]+$` for words of plain letters. */
export function matchingWords({ words }: Vocabulary, pattern: RegExp): CandidateConstraint {
  const matches = Uint8Array.from(words, (word) => (word.search(pattern) >= 0 ? 1 : 0))
  return { name: 'matching-words', mayPutIn: (by) => matches[by] === 1 }
}
