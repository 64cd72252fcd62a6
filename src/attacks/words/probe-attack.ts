import type { Attack } from '../attack.js'
import { TextProbe } from './text-probe.js'
import { type WordTask, wordAttack } from './word-attack.js'
import type { WordOptions } from './word-options.js'

/**
 * An attack on words that searches for each example by itself.
 * @param search asks the probe for texts; the best one asked for is the outcome
 */
export function probeAttack<Options extends WordOptions>(
  name: string,
  options: Options,
  search: (probe: TextProbe, options: Options, task: WordTask) => void,
): Attack {
  return wordAttack({
    name,
    options,
    run: (task, examples) =>
      examples.map((example, member) => {
        const probe = new TextProbe(task.victim, example, member, task.space)
        if (options.maxWords > 0) search(probe, options, task)
        return probe.outcome()
      }),
  })
}
