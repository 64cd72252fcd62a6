import { editDistance } from '../text/edit-distance.js'
import type { Vocabulary } from '../text/vocabulary.js'
import type { CandidateConstraint } from './candidate-constraint.js'

/** Allows a word only in place of one that is spelled nearly like it: at most so many characters apart (Levenshtein). */
export function wordEditDistance({ words }: Vocabulary, most: number): CandidateConstraint {
  return {
    name: 'word-edit-distance',
    mayReplace(word, by) {
      const [a, b] = [words[word], words[by]]
      // Two lengths differ by no more than the distance; over a whole vocabulary that saves most of the work.
      return Math.abs(a.length - b.length) <= most && editDistance(a, b) <= most
    },
  }
}
