import { type Edit, editWords, substitutions } from '../gradient/edit.js'
import type { EncodedText, Victim } from '../gradient/victim.js'
import type { Vocabulary } from '../text/vocabulary.js'
import { editedText } from './edited-text.js'
import type { SwapConstraint } from './swap-constraint.js'

/** How a victim reads texts. */
type Reading = Pick<Victim, 'encode' | 'readsAlone'>

/**
 * Allows edits only if the text with them in it reads back as exactly the attacked words. Where it does not ("don't"
 * put before a letter, "3.5" read as two words), the victim would judge another text than the one attacked. Of swaps it
 * asks each word put in once, whatever the text, where the victim reads words one by one.
 * @param vocabulary the victim's words
 */
export function tokenisesBack(victim: Reading, vocabulary: Vocabulary): SwapConstraint {
  const { readsAlone } = victim
  const allowsEdits = (encoded: EncodedText, edits: readonly Edit[]) => {
    if (readsAlone && edits.every(({ move }) => move === 'substitute')) {
      return edits.every((edit) => edit.move === 'substitute' && readsAlone(edit.word))
    }
    const attacked = editWords(encoded.ids, edits).ids
    const read = victim.encode(editedText(encoded, edits, vocabulary).text).ids
    return read.length === attacked.length && read.every((id, position) => id === attacked[position])
  }
  return {
    name: 'tokenises-back',
    allows: (encoded, swaps) => allowsEdits(encoded, substitutions(swaps)),
    allowsEdits,
  }
}
