import type { WordId } from '../text/vocabulary.js'

/** The words that may replace a word, wherever it stands. */
export interface CandidateSource {
  readonly name: string
  /**
   * Distinct word numbers; the word itself may be among them and is no swap. The same array each time a word is asked
   * for, and one array for all words that share their candidates, so that work on it can be kept. Not to be written to.
   */
  candidatesOf(word: WordId): Int32Array
  /** What a person should know of it, if anything. */
  readonly note?: string
}
