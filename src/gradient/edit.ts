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
  return edits.flatMap((edit) => (edit.move === 'substitute' ? [{ position: edit.position, word: edit.word }] : []))
}

/** By position; what is inserted before a word stands before what is done to the word. */
export function inOrder(edits: readonly Edit[]): Edit[] {
  const place = ({ move, position }: Edit) => 2 * position + (move === 'insert' ? 0 : 1)
  return [...edits].sort((a, b) => place(a) - place(b))
}

/** The same for the same edits, in whatever order they are given. */
export function keyOfEdits(edits: readonly Edit[]): string {
  return inOrder(edits)
    .map((edit) => `${edit.move[0]}${edit.position}:${edit.move === 'delete' ? '' : edit.word}`)
    .join()
}

/** The words [C] after the edits: each position is substituted or deleted at most once. */
export function editWords(ids: Int32Array, edits: readonly Edit[]): EditedWords {
  const words: number[] = []
  const origins: number[] = []
  let next = 0
  const keepUpTo = (position: number) => {
    for (; next < position; next++) {
      words.push(ids[next])
      origins.push(next)
    }
  }
  for (const edit of inOrder(edits)) {
    keepUpTo(edit.position)
    if (edit.move !== 'delete') {
      words.push(edit.word)
      origins.push(-1)
    }
    if (edit.move !== 'insert') next++
  }
  keepUpTo(ids.length)
  return { ids: Int32Array.from(words), origins: Int32Array.from(origins) }
}
