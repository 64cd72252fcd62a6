import { type Edit, editWords, substitutions } from '../gradient/edit.js'
import type { Swap } from '../gradient/swap.js'
import type { EncodedText } from '../gradient/victim.js'
import type { Vocabulary } from '../text/vocabulary.js'
import { editedText } from './edited-text.js'
import type { SwapConstraint } from './swap-constraint.js'

/** The text as written, with the swapped words in their places. */
export function swappedText(encoded: EncodedText, swaps: readonly Swap[], vocabulary: Vocabulary): string {
  return editedText(encoded, substitutions(swaps), vocabulary).text
}

/**
 * Allows edits only if the text with them in it reads back as exactly the attacked words. Where it does not ("don't"
 * put before a letter, "3.5" read as two words), the victim would judge another text than the one attacked.
 * @param encode how the victim reads a text
 * @param vocabulary the victim's words
 */
export function tokenisesBack(encode: (text: string) => EncodedText, vocabulary: Vocabulary): SwapConstraint {
  const allowsEdits = (encoded: EncodedText, edits: readonly Edit[]) => {
    const attacked = editWords(encoded.ids, edits).ids
    const read = encode(editedText(encoded, edits, vocabulary).text).ids
    return read.length === attacked.length && read.every((id, position) => id === attacked[position])
  }
  return {
    name: 'tokenises-back',
    allows: (encoded, swaps) => allowsEdits(encoded, substitutions(swaps)),
    allowsEdits,
  }
}
