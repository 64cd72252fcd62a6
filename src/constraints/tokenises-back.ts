import { type Swap, swapWords } from '../gradient/swap.js'
import type { EncodedText } from '../gradient/victim.js'
import { replaceWords } from '../text/splice.js'
import type { Vocabulary } from '../text/vocabulary.js'
import type { SwapConstraint } from './swap-constraint.js'

/** The text as written, with the swapped words in their places. */
export function swappedText({ text, spans }: EncodedText, swaps: readonly Swap[], { words }: Vocabulary): string {
  const replacements = swaps.map(({ position, word }) => ({ span: spans[position], word: words[word] }))
  return replaceWords(text, replacements).text
}

/**
 * Allows swaps only if the text with them in it reads back as exactly the attacked words. Where it does not ("don't"
 * put before a letter, "3.5" read as two words), the victim would judge another text than the one attacked.
 * @param encode how the victim reads a text
 * @param vocabulary the victim's words
 */
export function tokenisesBack(encode: (text: string) => EncodedText, vocabulary: Vocabulary): SwapConstraint {
  return {
    name: 'tokenises-back',
    allows(encoded, swaps) {
      const attacked = swapWords(encoded.ids, swaps)
      const read = encode(swappedText(encoded, swaps, vocabulary)).ids
      return read.length === attacked.length && read.every((id, position) => id === attacked[position])
    },
  }
}
