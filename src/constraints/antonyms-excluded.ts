import type { Vocabulary } from '../text/vocabulary.js'
import type { CandidateConstraint } from './candidate-constraint.js'
import type { WordLists } from './word-lists.js'

/** Allows no word in place of its antonym: a pair counts both ways. */
export function antonymsExcluded(antonyms: WordLists, vocabulary: Vocabulary): CandidateConstraint {
  const excluded = new Set<number>()
  const add = (word: number, other: number) => excluded.add(word * vocabulary.size + other)
  for (const [word, others] of antonyms) {
    for (const other of others) {
      const [a, b] = [vocabulary.idOf(word), vocabulary.idOf(other)]
      if (a === undefined || b === undefined) continue
      add(a, b)
      add(b, a)
    }
  }
  return { name: 'antonyms-excluded', mayReplace: (word, by) => !excluded.has(word * vocabulary.size + by) }
}
