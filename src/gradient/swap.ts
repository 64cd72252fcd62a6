import type { WordId } from '../text/vocabulary.js'

/** The word at `position` (of an example's known words) becomes `word`. */
export interface Swap {
  readonly position: number
  readonly word: WordId
}

/** The word numbers after the swaps: a copy. */
export function swapWords(ids: Int32Array, swaps: readonly Swap[]): Int32Array {
  const swapped = ids.slice()
  for (const { position, word } of swaps) swapped[position] = word
  return swapped
}
