import type { Vocabulary } from '../text/vocabulary.js'
import type { CandidateSource } from './candidate-source.js'
import type { WordLists } from './word-lists.js'

const NONE = new Int32Array()

/**
 * The candidates of lists of synonyms. Words that the vocabulary lacks are left out, and counted in the note.
 * @param name where the lists come from, for the note
 */
export function synonyms(lists: WordLists, vocabulary: Vocabulary, name: string): CandidateSource {
  const unknown = new Set<string>()
  const known = (word: string) => {
    const id = vocabulary.idOf(word)
    if (id === undefined) unknown.add(word)
    return id
  }
  const candidates = new Map<number, Int32Array>()
  for (const [word, others] of lists) {
    const id = known(word)
    const ids = new Set(others.map(known).filter((other) => other !== undefined))
    if (id !== undefined && ids.size > 0) candidates.set(id, Int32Array.from(ids))
  }
  return {
    name,
    candidatesOf: (word) => candidates.get(word) ?? NONE,
    note:
      unknown.size === 0
        ? undefined
        : `candidates ${name}: ${unknown.size} of its words are not in the vocabulary and are left out; ` +
          `${candidates.size} of ${lists.size} entries are of use`,
  }
}
