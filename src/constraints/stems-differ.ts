import { stemOf } from '../text/stem.js'
import type { Vocabulary } from '../text/vocabulary.js'
import type { SwapConstraint } from './swap-constraint.js'

/** Allows a word only in place of one with another stem: no `films` for `film`. */
export function stemsDiffer({ words }: Vocabulary): SwapConstraint {
  return {
    name: 'stems-differ',
    allows: ({ ids }, swaps) =>
      swaps.every(({ position, word }) => stemOf(words[word]) !== stemOf(words[ids[position]])),
  }
}
