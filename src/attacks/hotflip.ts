import { z } from 'zod'
import type { Objective } from '../gradient/objective.js'
import type { ReadOnlyVictim } from '../gradient/read-only-victim.js'
import type { Attack, AttackDefinition, AttackExample, AttackOutcome } from './attack.js'
import { objectiveOption } from './continuous/continuous-options.js'
import { highestOthers } from './continuous/highest-others.js'
import { BeamSearch } from './words/beam-search.js'
import { movesOption } from './words/moves-option.js'
import { readStates, type State } from './words/read-states.js'
import { wordAttack } from './words/word-attack.js'
import { wordOptions } from './words/word-options.js'
import { KeptWordScores } from './words/word-scores.js'

const options = z.strictObject({
  ...wordOptions,
  beam: z.int().positive().default(8).describe('how many edited texts are carried on; 1 is greedy'),
  objective: objectiveOption.default('margin'),
  rivals: z
    .int()
    .positive()
    .default(8)
    .describe(
      'of objective margin, untargeted: towards how many of the nearest labels it searches; 1 is the nearest alone',
    ),
  moves: movesOption,
})
type Options = z.output<typeof options>

/**
 * Edits words by their first-order effect on the loss, equation 9 with words for characters: a -> b at position i is
 * worth g_i · (v_b - v_a). A beam search: each state's gradient is read, the best children by estimated loss are kept,
 * and their own reading judges them. A position is edited at most once; the search for an example ends as soon as a state
 * flips, or no edit is estimated to help.
 *
 * A departure from the paper: the loss of many labels has one gradient, which is the direction of none of them, so the
 * margins z_t - z_y of the few nearest labels t are followed side by side, a gradient read for each; the beam keeps the
 * best state towards each of them. `rivals` 1, or the cross-entropy, is the paper's way.
 */
export const hotflip = {
  name: 'hotflip',
  kind: 'words',
  summary: 'edits the words whose first-order effect on the loss is largest, by beam search',
  reference:
    'Ebrahimi, Rao, Lowd, Dou: HotFlip: White-Box Adversarial Examples for Text Classification, ACL 2018, eq. 9',
  options,
  create,
} as const satisfies AttackDefinition<typeof options>

function create(chosen: Options): Attack {
  const kept = new KeptWordScores()
  return wordAttack({
    name: 'hotflip',
    options: chosen,
    changesLength: chosen.moves.some((move) => move !== 'substitute'),
    run({ victim, space, context }, examples): AttackOutcome[] {
      if (chosen.maxWords === 0) return examples.map(() => ({ kind: 'words', edits: [], rejected: 0 }))
      const scores = kept.of(victim, context)
      const starts = startingStates(victim, examples, chosen)
      const searches = starts.map((states) => new BeamSearch(states, space, scores, chosen))
      for (let depth = 0; depth <= chosen.maxWords; depth++) {
        const states = searches.flatMap((search) => search.states)
        // The last states are only judged.
        const isLast = depth === chosen.maxWords
        const readings = readStates(victim, states, chosen.objective, isLast ? 'logits' : 'gradients')
        let from = 0
        const read = searches.map((search) => readings.slice(from, (from += search.states.length)))
        for (const [i, search] of searches.entries()) search.judge(read[i])
        if (!isLast) for (const [i, search] of searches.entries()) search.expect(read[i])
        for (const [i, search] of searches.entries()) search.expand(read[i], chosen.maxWords - depth)
      }
      return searches.map(({ best, rejected }) => ({ kind: 'words', edits: best, rejected }))
    },
  })
}

/** The text itself, once for each rival that is followed. */
function startingStates(
  victim: ReadOnlyVictim,
  examples: readonly AttackExample[],
  { objective, rivals }: { readonly objective: Objective; readonly rivals: number },
): State[][] {
  const texts = examples.map((example, member): State => ({ example, member, edits: [] }))
  const count = Math.min(rivals, victim.labelCount - 1)
  if (objective !== 'margin' || count === 1) return texts.map((text) => [text])
  const untargeted = texts.filter(({ example }) => example.target === undefined)
  const readings = readStates(victim, untargeted, objective, 'logits').values()
  return texts.map((text) => {
    const reading = text.example.target === undefined ? readings.next().value : undefined
    if (reading === undefined) return [text]
    return highestOthers(reading.logits, text.example.label, count).map((rival) => ({ ...text, rival }))
  })
}
