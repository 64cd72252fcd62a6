import { z } from 'zod'
import type { SwapSpace } from '../constraints/swap-space.js'
import type { Swap } from '../gradient/swap.js'
import { wordId } from '../text/vocabulary.js'
import type { Attack, AttackDefinition, AttackExample } from './attack.js'
import { BestFew } from './best-few.js'
import { objectiveOption } from './continuous-options.js'
import { lossSign } from './goal.js'
import { type Reading, readStates, type State } from './read-states.js'
import { WordChoices, wordOptions } from './word-options.js'
import { WordScores } from './word-scores.js'

const options = z.strictObject({
  ...wordOptions,
  beam: z.int().positive().default(8).describe('how many sets of swaps are carried on; 1 is greedy'),
  objective: objectiveOption.default('margin'),
})
type Options = z.output<typeof options>

/**
 * Swaps words by their first-order effect on the loss, equation 9 with words for characters: a -> b at position i is
 * worth g_i · (v_b - v_a). A beam search: each state's gradient is read, the best children by estimated loss are kept,
 * and their own reading judges them. A position is swapped at most once; the search for an example ends as soon as a
 * state flips, or no swap is estimated to help.
 */
export const hotflip = {
  name: 'hotflip',
  kind: 'words',
  summary: 'swaps the words whose first-order effect on the loss is largest, by beam search',
  reference:
    'Ebrahimi, Rao, Lowd, Dou: HotFlip: White-Box Adversarial Examples for Text Classification, ACL 2018, eq. 9',
  options,
  create,
} as const satisfies AttackDefinition<typeof options>

function create(chosen: Options): Attack {
  const choices = new WordChoices(chosen)
  return {
    name: 'hotflip',
    kind: 'words',
    options: chosen,
    space: (victim, context) => choices.space(victim, context),
    run(victim, examples, context) {
      if (chosen.maxWords === 0) return examples.map(() => ({ kind: 'words', swaps: [], rejected: 0 }))
      const space = choices.space(victim, context)
      const scores = new WordScores(victim.embeddings)
      const searches = examples.map((example, member) => new Search(example, member, space))
      for (let depth = 0; depth <= chosen.maxWords; depth++) {
        const states = searches.flatMap((search) => search.states)
        const isLast = depth === chosen.maxWords
        // The last states are only judged.
        const readings = readStates(victim, states, chosen.objective, isLast ? 'logits' : 'gradients')
        let from = 0
        for (const search of searches) {
          const own = readings.slice(from, (from += search.states.length))
          search.judge(own)
          search.states = isLast || search.reached ? [] : search.expand(own, scores, chosen.beam)
        }
      }
      return searches.map(({ best, rejected }) => ({ kind: 'words', swaps: best, rejected }))
    },
  }
}

/** More sets than this are not tried at one depth, however many of them the constraints reject. */
const MOST_TRIED = 1024

/** The beam search of one example. */
class Search {
  /** What to read next. */
  states: readonly State[]
  /** The best swaps so far: none until they raise the loss. */
  best: readonly Swap[] = []
  reached = false
  /** Sets of swaps that the constraints did not allow. */
  rejected = 0
  #bestLoss = -Infinity
  /** For each position. */
  readonly #candidates: readonly Int32Array[]

  constructor(
    readonly example: AttackExample,
    readonly member: number,
    readonly space: SwapSpace,
  ) {
    this.states = [{ example, member, swaps: [] }]
    this.#candidates = space.candidates(example.encoded)
  }

  /** Keeps the best state seen; one that reaches the goal is better than any that does not. */
  judge(readings: readonly Reading[]): void {
    for (const { swaps, reached, loss } of readings) {
      // The text itself is where the attack comes from, not where it may end.
      const success = reached && swaps.length > 0
      if (this.reached && !success) continue
      if (this.reached === success && !(loss > this.#bestLoss)) continue
      this.reached = success
      this.#bestLoss = loss
      this.best = swaps
    }
  }

  /** The `beam` children of the highest estimated loss that the constraints allow. */
  expand(readings: readonly Reading[], scores: WordScores, beam: number): State[] {
    const verdicts = new Map<string, boolean>()
    const children: State[] = []
    for (let tried = 2 * beam + 8; ; tried *= 2) {
      const ranked = this.#rank(readings, scores, tried)
      for (const { swaps, added } of ranked.items) {
        if (children.length === beam) return children
        const grown = [...swaps, added].sort((a, b) => a.position - b.position)
        const key = grown.map(({ position, word }) => `${position}:${word}`).join()
        if (verdicts.has(key)) continue
        const allowed = this.space.allows(this.example.encoded, grown)
        verdicts.set(key, allowed)
        if (allowed) children.push({ example: this.example, member: this.member, swaps: grown })
        else this.rejected++
      }
      if (!ranked.full || tried >= MOST_TRIED) return children
    }
  }

  /** The single swaps, added to the states read, that are estimated to raise the loss most. */
  #rank(readings: readonly Reading[], scores: WordScores, count: number) {
    const best = new BestFew<{ swaps: readonly Swap[]; added: Swap }>(count)
    const { dimensions } = scores.embeddings
    const { ids } = this.example.encoded
    const sign = lossSign(this.example)
    for (const { swaps, loss, gradient } of readings) {
      this.#candidates.forEach((candidates, position) => {
        if (candidates.length === 0 || swaps.some((swap) => swap.position === position)) return
        const g = gradient.subarray(position * dimensions, (position + 1) * dimensions)
        const out = sign * scores.score(g, ids[position])
        const { items: words, scores: into } = scores.best(g, sign, candidates, count)
        for (let i = 0; i < words.length && into[i] > out; i++) {
          const estimate = loss + into[i] - out
          if (estimate <= best.threshold) break
          best.add(estimate, { swaps, added: { position, word: wordId(words[i]) } })
        }
      })
    }
    return best
  }
}
