import { type WordId, wordId } from '../text/vocabulary.js'
import type { CandidateSource } from './candidate-source.js'

/**
 * Says which words may replace which, wherever they stand. It shortens the lists of candidates, so that whatever is
 * exact over candidates is exact under it.
 */
export interface CandidateConstraint {
  readonly name: string
  /** Whether `by` may be put in place of `word`, another word. */
  mayReplace(word: WordId, by: WordId): boolean
}

/** Word numbers held for lists of their own: 64 MB. */
const MOST_HELD = 1 << 24

/**
 * The candidates of a source that constraints leave. A list from which nothing is taken is the source's own; the others
 * are kept as long as there is room, and made again after.
 */
export function restrict(source: CandidateSource, constraints: readonly CandidateConstraint[]): CandidateSource {
  if (constraints.length === 0) return source
  const made = new Map<WordId, Int32Array>()
  let held = 0
  return {
    name: source.name,
    note: source.note,
    candidatesOf(word) {
      const known = made.get(word)
      if (known !== undefined) return known
      const all = source.candidatesOf(word)
      const left = all.filter((by) => by === word || constraints.every((each) => each.mayReplace(word, wordId(by))))
      const list = left.length === all.length ? all : left
      if (list !== all) held += list.length
      if (held > MOST_HELD) {
        made.clear()
        held = list.length
      }
      made.set(word, list)
      return list
    },
  }
}
