import { z } from 'zod'
import { CounterStream, Purpose } from '../base/random.js'
import type { Edit } from '../gradient/edit.js'
import { wordId } from '../text/vocabulary.js'
import type { AttackDefinition } from './attack.js'
import { objectiveOption } from './continuous/continuous-options.js'
import { lossSign } from './goal.js'
import { probeAttack } from './words/probe-attack.js'
import { readStates } from './words/read-states.js'
import { openPositions, putInto } from './words/swap-set.js'
import type { TextProbe } from './words/text-probe.js'
import type { WordTask } from './words/word-attack.js'
import { wordOptions } from './words/word-options.js'
import { KeptWordScores } from './words/word-scores.js'

const options = z.strictObject({
  ...wordOptions,
  steps: z.int().positive().default(10).describe('gradients it may read; it stops at the first flip'),
  topWords: z
    .int()
    .positive()
    .default(64)
    .describe('words of the best first-order effect at each position to draw from'),
  samples: z.int().positive().default(64).describe('swaps it draws and tries at each step'),
  objective: objectiveOption.default('margin'),
})
type Options = z.output<typeof options>

/**
 * Greedy coordinate gradient, algorithm 1: at each step the gradient gives for every position the `topWords` words of the
 * best first-order effect; `samples` single swaps are drawn from them, uniformly over positions and words; the text goes on
 * with the one that the victim itself finds best. At most `maxWords` words of the original text differ: where they are
 * used up, only those are drawn again. The paper's k = 256, B = 512 and T = 500 are for prompts without end; texts of some
 * twenty words are done with fewer.
 */
export const gcg = {
  name: 'gcg',
  kind: 'words',
  summary: 'draws swaps from those of the best first-order effect, tries them, and goes on with the best',
  reference:
    'Zou, Wang, Carlini, Nasr, Kolter, Fredrikson: Universal and Transferable Adversarial Attacks on Aligned Language Models, 2023, algorithm 1',
  options,
  create(chosen: Options) {
    const kept = new KeptWordScores()
    return probeAttack('gcg', chosen, (probe, _, task) => search(probe, chosen, task, kept))
  },
} as const satisfies AttackDefinition<typeof options>

function search(probe: TextProbe, chosen: Options, { victim, context }: WordTask, kept: KeptWordScores): void {
  const { example, member } = probe
  const stream = new CounterStream(context.seed, Purpose.SampledSwaps, example.row)
  const changeable = probe.changeable
  const D = victim.embeddings.dimensions
  const scores = kept.of(victim, context)
  const sign = lossSign(example)
  let current: readonly Edit[] = []
  for (let step = 0; step < chosen.steps && !probe.isDone && changeable.length > 0; step++) {
    const [{ gradient }] = readStates(victim, [{ example, member, edits: current }], chosen.objective, 'gradients')
    const positions = openPositions(current, changeable, chosen.maxWords)
    const ranked = new Map<number, readonly number[]>()
    const wordsAt = (position: number): readonly number[] => {
      const g = gradient.subarray(position * D, (position + 1) * D)
      return scores.best(g, sign, probe.candidates[position], chosen.topWords).items
    }
    const drawn: Edit[][] = []
    for (let sample = 0; sample < chosen.samples; sample++) {
      const position = positions[stream.below(positions.length)]
      let items = ranked.get(position)
      if (!items) ranked.set(position, (items = wordsAt(position)))
      const word = wordId(items[stream.below(items.length)])
      const edits = putInto(current, { position, word }, example.encoded.ids)
      if (edits.length > 0 && probe.allows(edits)) drawn.push(edits)
    }
    const best = probe.readBest(drawn)
    if (best === undefined) return
    current = best.edits
  }
}
