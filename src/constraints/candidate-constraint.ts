import { type WordId, wordId } from '../text/vocabulary.js'
import type { CandidateSource } from './candidate-source.js'
import { HeldLists } from './held-lists.js'

/**
 * Says which words may replace which, wherever they stand. It shortens the lists of candidates, so that whatever is
 * exact over candidates is exact under it.
 */
export interface CandidateConstraint {
  readonly name: string
  /** Whether `by` may be put in at all, whatever it replaces. Absent: it may. */
  mayPutIn?(by: WordId): boolean
  /** Whether `by` may be put in place of `word`, another word. Absent: it may. */
  mayReplace?(word: WordId, by: WordId): boolean
}

/** Stands for a list of which nothing was taken away. */
const WHOLE = new Int32Array()

/**
 * The candidates of a source that constraints leave. What is said of the words put in shortens a list once, so that
 * words that share their candidates go on sharing them.
 */
export function restrict(source: CandidateSource, constraints: readonly CandidateConstraint[]): CandidateSource {
  const putIn = constraints.filter(({ mayPutIn }) => mayPutIn !== undefined)
  const replacing = constraints.filter(({ mayReplace }) => mayReplace !== undefined)
  return restrictPairs(restrictWords(source, putIn), replacing)
}

function restrictWords(source: CandidateSource, constraints: readonly CandidateConstraint[]): CandidateSource {
  if (constraints.length === 0) return source
  const made = new WeakMap<Int32Array, Int32Array>()
  return {
    name: source.name,
    note: source.note,
    candidatesOf(word) {
      const all = source.candidatesOf(word)
      let left = made.get(all)
      if (left === undefined) {
        left = all.filter((by) => constraints.every((each) => each.mayPutIn?.(wordId(by)) !== false))
        made.set(all, left)
      }
      return left
    },
  }
}

function restrictPairs(source: CandidateSource, constraints: readonly CandidateConstraint[]): CandidateSource {
  if (constraints.length === 0) return source
  const shortened = new HeldLists((word) => {
    const all = source.candidatesOf(word)
    const left = all.filter(
      (by) => by === word || constraints.every((each) => each.mayReplace?.(word, wordId(by)) !== false),
    )
    return left.length === all.length ? WHOLE : left
  })
  return {
    name: source.name,
    note: source.note,
    candidatesOf(word) {
      const left = shortened.of(word)
      return left === WHOLE ? source.candidatesOf(word) : left
    },
  }
}
