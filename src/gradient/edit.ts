import type { WordId } from '../text/vocabulary.js'
import type { Swap } from './swap.js'

/** What an attack may do to the words of a text. */
export const MOVES = ['substitute', 'insert', 'delete'] as const
export type Move = (typeof MOVES)[number]

/** One change of an example's C known words. Positions are those of the words before any edit. */
export type Edit =
  | { readonly move: 'substitute'; readonly position: number; readonly word: WordId }
  /** The word comes before the one at `position`, in [0, C]: behind the last where that is C. */
  | { readonly move: 'insert'; readonly position: number; readonly word: WordId }
  | { readonly move: 'delete'; readonly position: number }

/** Words after some edits. */
export interface EditedWords {
  readonly ids: Int32Array
  /** For each of them the position it had, or -1 where it was inserted or put in. */
  readonly origins: Int32Array
}

/** Swaps as edits. */
export function substitutions(swaps: readonly Swap[]): Edit[] {
  return swaps.map(({ position, word }) => ({ move: 'substitute', position, word }))
}

/** Those of the edits that put a word in another's place. */
export function swapsAmong(edits: readonly Edit[]): Swap[] {
  const swaps: Swap[] = []
  for (const edit of edits) if (edit.move === 'substitute') swaps.push({ position: edit.position, word: edit.word })
  return swaps
}

/** By position; what is inserted before a word stands before what is done to the word. */
export function inOrder(edits: readonly Edit[]): readonly Edit[] {
  for (let i = 1; i < edits.length; i++) {
    if (placeOf(edits[i - 1]) > placeOf(edits[i])) return edits.toSorted((a, b) => placeOf(a) - placeOf(b))
  }
  return edits
}

const placeOf = ({ move, position }: Edit): number => 2 * position + (move === 'insert' ? 0 : 1)

/** The same for the same edits, in whatever order they are given. */
export function keyOfEdits(edits: readonly Edit[]): string {
  let key = ''
  for (const edit of inOrder(edits)) {
    key += `${edit.move[0]}${edit.position}:${edit.move === 'delete' ? '' : edit.word},`
  }
  return key
}

/** The words [C] after the edits: each position is substituted or deleted at most once. */
export function editWords(ids: Int32Array, edits: readonly Edit[]): EditedWords {
  let length = ids.length
  for (const { move } of edits) {
    if (move === 'insert') length++
    else if (move === 'delete') length--
  }
  const words = new Int32Array(length)
  const origins = new Int32Array(length)
  let next = 0
  let at = 0
  const keepUpTo = (position: number) => {
    for (; next < position; next++, at++) {
      words[at] = ids[next]
      origins[at] = next
    }
  }
  for (const edit of inOrder(edits)) {
    keepUpTo(edit.position)
    if (edit.move !== 'delete') {
      words[at] = edit.word
      origins[at++] = -1
    }
    if (edit.move !== 'insert') next++
  }
  keepUpTo(ids.length)
  return { ids: words, origins }
}
