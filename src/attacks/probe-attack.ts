import type { ReadOnlyVictim } from '../gradient/read-only-victim.js'
import type { Attack, AttackContext, AttackOutcome } from './attack.js'
import { TextProbe } from './text-probe.js'
import { WordChoices, type WordOptions } from './word-options.js'

/** What an attack of {@link probeAttack} works on. */
export interface ProbeTask {
  readonly victim: ReadOnlyVictim
  readonly context: AttackContext
}

/**
 * An attack that searches for each example by itself.
 * @param search asks the probe for texts; the best one asked for is the outcome
 */
export function probeAttack<Options extends WordOptions>(
  name: string,
  options: Options,
  search: (probe: TextProbe, options: Options, task: ProbeTask) => void,
): Attack {
  const choices = new WordChoices(options)
  return {
    name,
    kind: 'words',
    options,
    space: (victim, context) => choices.space(victim, context),
    run(victim, examples, context): AttackOutcome[] {
      const space = choices.space(victim, context)
      return examples.map((example, member) => {
        const probe = new TextProbe(victim, example, member, space)
        if (options.maxWords > 0) search(probe, options, { victim, context })
        return probe.outcome()
      })
    },
  }
}
