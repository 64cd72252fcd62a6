import type { SwapSpace } from '../../constraints/swap-space.js'
import type { ReadOnlyVictim } from '../../gradient/read-only-victim.js'
import type { Attack, AttackContext, AttackExample, AttackOutcome } from '../attack.js'
import { WordChoices, type WordOptions } from './word-options.js'

/** Where an attack on words works, and what it may swap there. */
export interface WordTask {
  readonly victim: ReadOnlyVictim
  readonly space: SwapSpace
  readonly context: AttackContext
}

interface Design<Options extends WordOptions> {
  readonly name: string
  readonly options: Options
  /** Whether it does more than swap words: what is exact of swaps says nothing of texts that grow and shrink. */
  readonly changesLength?: boolean
  /** The attack on a batch. */
  readonly run: (task: WordTask, examples: readonly AttackExample[]) => readonly AttackOutcome[]
}

/** An attack that swaps words, of what it does to a batch. */
export function wordAttack<Options extends WordOptions>(design: Design<Options>): Attack {
  const { name, options, changesLength = false, run } = design
  const choices = new WordChoices(options)
  const space = (victim: ReadOnlyVictim, context: AttackContext) => choices.space(victim, context)
  return {
    name,
    kind: 'words',
    options,
    ...(changesLength ? {} : { space }),
    run: (victim, examples, context) => run({ victim, space: space(victim, context), context }, examples),
  }
}
