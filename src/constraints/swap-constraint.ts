import type { Edit } from '../gradient/edit.js'
import type { Swap } from '../gradient/swap.js'
import type { EncodedText } from '../gradient/victim.js'

/** Says which swaps an attack on words may make. Each can be used alone, and any of them together. */
export interface SwapConstraint {
  readonly name: string
  /** Whether the word at `position` may change at all. Absent: it may. */
  mayChange?(encoded: EncodedText, position: number): boolean
  /** How many words may be swapped, inserted and deleted at most. Absent: any number. */
  mostSwaps?(encoded: EncodedText): number
  /** Whether these swaps may be made together, each position once. Absent: they may. */
  allows?(encoded: EncodedText, swaps: readonly Swap[]): boolean
  /** The same for words inserted and deleted as well. Absent: the swaps among them must be allowed. */
  allowsEdits?(encoded: EncodedText, edits: readonly Edit[]): boolean
  /**
   * Whether what `allows` says of a swap hangs on the other swaps. Then the best swaps of the single positions say
   * nothing of the best swaps together, and nothing exact is claimed.
   */
  readonly couples?: boolean
}
