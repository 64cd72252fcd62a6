import type { Swap } from '../gradient/swap.js'
import type { EncodedText } from '../gradient/victim.js'
import { wordId } from '../text/vocabulary.js'
import type { CandidateSource } from './candidate-source.js'
import type { SwapConstraint } from './swap-constraint.js'

const NONE = new Int32Array()

/** What an attack on words may do: a source of candidates, under constraints. */
export class SwapSpace {
  constructor(
    readonly source: CandidateSource,
    readonly constraints: readonly SwapConstraint[],
  ) {}

  /** The words that may be put at each position of a text, [C] lists; an empty one where the word must stay. */
  candidates(encoded: EncodedText): Int32Array[] {
    return Array.from(encoded.ids, (id, position) => {
      const stays = this.constraints.some(({ mayChange }) => mayChange?.(encoded, position) === false)
      return stays ? NONE : this.source.candidatesOf(wordId(id))
    })
  }

  /** Whether these swaps may be made together, each position once. */
  allows(encoded: EncodedText, swaps: readonly Swap[]): boolean {
    return this.constraints.every(({ allows }) => allows?.(encoded, swaps) !== false)
  }
}
