import { stemOf } from '../text/stem.js'
import type { Vocabulary, WordId } from '../text/vocabulary.js'
import type { CandidateConstraint } from './candidate-constraint.js'

/** Allows a word only in place of one with another stem: no `films` for `film`. */
export function stemsDiffer({ words }: Vocabulary): CandidateConstraint {
  const stems = new Map<WordId, string>()
  const stem = (word: WordId) => {
    let known = stems.get(word)
    if (known === undefined) stems.set(word, (known = stemOf(words[word])))
    return known
  }
  return { name: 'stems-differ', mayReplace: (word, by) => stem(word) !== stem(by) }
}
