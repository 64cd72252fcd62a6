import type { z } from 'zod'
import type { Norm } from '../base/norm.js'
import type { SwapSpace } from '../constraints/swap-space.js'
import type { ListSearches } from '../embeddings/list-searches.js'
import type { Edit } from '../gradient/edit.js'
import type { ReadOnlyVictim } from '../gradient/read-only-victim.js'
import type { EncodedText } from '../gradient/victim.js'

/** One row under attack: it has at least one known word, is right before the attack, and is not at its target. */
export interface AttackExample {
  /** The row's number in the input: the key of its random draws. */
  readonly row: number
  readonly encoded: EncodedText
  /** The embedded input [C, D] where it is not that of the words; only continuous attacks take it. */
  readonly embedded?: Float32Array
  /** The label to leave, in [0, K). */
  readonly label: number
  /** The label to reach, in [0, K) and not `label`; undefined for an untargeted attack. */
  readonly target?: number
}

/** What an attack gives back for one example. Whether the label was left is judged by others. */
export type AttackOutcome =
  /** The perturbed embedded input, [C, D]. */
  | { readonly kind: 'continuous'; readonly embedded: Float32Array }
  | {
      readonly kind: 'words'
      /** Words to swap, insert and delete: each position swapped or deleted once; none where nothing was found. */
      readonly edits: readonly Edit[]
      /** Edited texts that the constraints did not allow, reading back as the attacked words among them. */
      readonly rejected?: number
      /** Texts that the attack met again: it knew the victim's answer, and did not ask. */
      readonly cacheHits?: number
    }

/** What an attack is told besides its examples. */
export interface AttackContext {
  readonly seed: number
  /** Is told what a person should know of the whole run (words of a candidate file that are unknown), once for a victim. */
  readonly note?: (line: string) => void
  /**
   * Of long lists of words in the victim's embeddings: what is found there is kept from batch to batch, and for others. An
   * attack on words keeps its candidates with them; where a vector has moved, others are to be given.
   */
  readonly searches?: ListSearches
}

/** An attack with its options set. It sees logits and gradients, nothing else. */
export interface Attack {
  readonly name: string
  readonly kind: 'continuous' | 'words'
  /** The options in force, as they go into the summary. */
  readonly options: Readonly<Record<string, unknown>>
  /** Attacks a batch; one outcome for each example, in order. The same examples and seed give the same bytes. */
  run(victim: ReadOnlyVictim, examples: readonly AttackExample[], context: AttackContext): readonly AttackOutcome[]
  /** For a continuous attack: the ball that its perturbations may not leave. Others check that they do not. */
  readonly ball?: { readonly norm: Norm; readonly epsilon: number }
  /** For an attack that looks for the smallest perturbation: the norm in which it is small. Its ball is only a limit. */
  readonly minimises?: Norm
  /** For a continuous attack: how many positions of a text of `positions` known words it may change. */
  changeable?(positions: number): number
  /** For an attack that learns from a data set: of how many of its first rows; 0 where it has learned. */
  readonly learnsFrom?: number
  /** The same attack, with what it has learned of these examples in its options. */
  learn?(victim: ReadOnlyVictim, examples: readonly AttackExample[], context: AttackContext): Attack
  /** For a continuous attack: the same attack within another epsilon (a curve is one run for each). */
  withEpsilon?(epsilon: number): Attack
  /** For a word attack that succeeds where the label stays, though words are gone. */
  readonly keepsLabel?: boolean
  /** For a word attack: what it may swap, so that an exact search can be held to the same. */
  space?(victim: ReadOnlyVictim, context: AttackContext): SwapSpace
}

/** What an attack file exports: its name and paper, its options, and how to make it. */
export interface AttackDefinition<Options extends z.ZodObject = z.ZodObject> {
  readonly name: string
  readonly kind: 'continuous' | 'words'
  /** One line for `--list-attacks`. */
  readonly summary: string
  /** Authors, title, year, and the number of the equation. */
  readonly reference: string
  /** Gives the flags, the help and the types of the API. Every field has a default and a description. */
  readonly options: Options
  create(options: z.output<Options>): Attack
}
