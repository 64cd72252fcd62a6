import { type Edit, swapsAmong } from '../gradient/edit.js'
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
    return Array.from(encoded.ids, (id, position) =>
      this.mayChange(encoded, position) ? this.source.candidatesOf(wordId(id)) : NONE,
    )
  }

  /** Whether the word at `position` may change at all. */
  mayChange(encoded: EncodedText, position: number): boolean {
    return this.constraints.every(({ mayChange }) => mayChange?.(encoded, position) !== false)
  }

  /** How many words of a text may be swapped, inserted and deleted at most. */
  mostSwaps(encoded: EncodedText): number {
    return this.constraints.reduce((most, each) => Math.min(most, each.mostSwaps?.(encoded) ?? most), Infinity)
  }

  /** Whether these swaps may be made together, each position once. */
  allows(encoded: EncodedText, swaps: readonly Swap[]): boolean {
    return swaps.length <= this.mostSwaps(encoded) && this.allowsTogether(encoded, swaps)
  }

  /** The same, however many they are. */
  allowsTogether(encoded: EncodedText, swaps: readonly Swap[]): boolean {
    return this.constraints.every(({ allows }) => allows?.(encoded, swaps) !== false)
  }

  /**
   * Whether there is a single swap that is allowed. Candidates are tried one after the other until one is, or until so
   * many words have been read for it.
   * @returns undefined where none was found, and some were left
   */
  hasSwap(encoded: EncodedText, wordsRead: number): boolean | undefined {
    if (this.mostSwaps(encoded) < 1) return false
    let left = Math.max(1, Math.floor(wordsRead / encoded.ids.length))
    for (const [position, list] of this.candidates(encoded).entries()) {
      for (const word of list) {
        if (word === encoded.ids[position]) continue
        if (left-- === 0) return undefined
        if (this.allowsTogether(encoded, [{ position, word: wordId(word) }])) return true
      }
    }
    return false
  }

  /** Whether these edits may be made together, each position once. */
  allowsEdits(encoded: EncodedText, edits: readonly Edit[]): boolean {
    if (edits.length > this.mostSwaps(encoded)) return false
    for (const { move, position } of edits) if (move === 'delete' && !this.mayChange(encoded, position)) return false
    let swaps: Swap[] | undefined
    return this.constraints.every(({ allows, allowsEdits }) => {
      if (allowsEdits) return allowsEdits(encoded, edits)
      return allows === undefined || allows(encoded, (swaps ??= swapsAmong(edits)))
    })
  }

  /** Whether a constraint couples positions. */
  get couplesPositions(): boolean {
    return this.constraints.some(({ couples }) => couples === true)
  }
}
