import { swapWords } from '../gradient/swap.js'
import type { EncodedText } from '../gradient/victim.js'
import { partsOfSpeech } from '../text/part-of-speech.js'
import type { Vocabulary } from '../text/vocabulary.js'
import type { SwapConstraint } from './swap-constraint.js'

/**
 * Allows a word only in place of one of the same part of speech, each tagged within its own sentence of known words: a
 * swap may change the tags of its neighbours.
 */
export function samePartOfSpeech({ words }: Vocabulary): SwapConstraint {
  const tagsOf = (ids: Int32Array) => partsOfSpeech(Array.from(ids, (id) => words[id]))
  const tagged = new WeakMap<EncodedText, string[]>()
  return {
    name: 'same-part-of-speech',
    couples: true,
    allows(encoded, swaps) {
      let before = tagged.get(encoded)
      if (before === undefined) tagged.set(encoded, (before = tagsOf(encoded.ids)))
      const after = tagsOf(swapWords(encoded.ids, swaps))
      return swaps.every(({ position }) => after[position] === before[position])
    },
  }
}
