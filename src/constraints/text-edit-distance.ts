import { type Edit, substitutions } from '../gradient/edit.js'
import type { EncodedText } from '../gradient/victim.js'
import { editDistance } from '../text/edit-distance.js'
import type { Vocabulary } from '../text/vocabulary.js'
import type { SwapConstraint } from './swap-constraint.js'

/**
 * Edits at most so many characters of the whole text: the distances (Levenshtein) of the words put in from the words as
 * written, and the lengths of those inserted and deleted with their blank, added up. The two texts as wholes are never
 * farther apart.
 */
export function textEditDistance({ words }: Vocabulary, most: number): SwapConstraint {
  const distanceOf = ({ text, spans }: EncodedText, edit: Edit) => {
    if (edit.move === 'insert') return words[edit.word].length + 1
    const { start, end } = spans[edit.position]
    return edit.move === 'delete' ? end - start + 1 : editDistance(text.slice(start, end), words[edit.word])
  }
  const allowsEdits = (encoded: EncodedText, edits: readonly Edit[]) =>
    edits.reduce((sum, edit) => sum + distanceOf(encoded, edit), 0) <= most
  return {
    name: 'text-edit-distance',
    couples: true,
    allows: (encoded, swaps) => allowsEdits(encoded, substitutions(swaps)),
    allowsEdits,
  }
}
