import { type Edit, editWords, substitutions } from '../gradient/edit.js'
import type { EncodedText } from '../gradient/victim.js'
import type { SwapConstraint } from './swap-constraint.js'

/** Puts in no word that stands elsewhere in the text, as it was or as it becomes. */
export function distinctWords(): SwapConstraint {
  return {
    name: 'distinct-words',
    couples: true,
    allows: (encoded, swaps) => allowsEdits(encoded, substitutions(swaps)),
    allowsEdits,
  }
}

function allowsEdits({ ids }: EncodedText, edits: readonly Edit[]): boolean {
  const { ids: after } = editWords(ids, edits)
  return edits.every((edit) => {
    if (edit.move === 'delete') return true
    const own = edit.move === 'substitute' && ids[edit.position] === edit.word ? 1 : 0
    const times = (words: Int32Array) => words.reduce((count, word) => count + (word === edit.word ? 1 : 0), 0)
    return times(ids) <= own && times(after) === 1
  })
}
