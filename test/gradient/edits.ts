import type { Edit } from '#src/gradient/edit.js'
import { wordId } from '#src/text/vocabulary.js'

/** A word by its number put in the place of another, or before it. */
export const put = (move: 'substitute' | 'insert', position: number, word: number): Edit => ({
  move,
  position,
  word: wordId(word),
})

export const cut = (position: number): Edit => ({ move: 'delete', position })
