import { z } from 'zod'
import { SwapSpace } from '../constraints/swap-space.js'
import { tokenisesBack } from '../constraints/tokenises-back.js'
import { wholeVocabulary } from '../constraints/whole-vocabulary.js'
import { ListSearches } from '../embeddings/list-searches.js'
import type { Edit } from '../gradient/edit.js'
import type { ReadOnlyVictim } from '../gradient/read-only-victim.js'
import { wordId } from '../text/vocabulary.js'
import type { Attack, AttackDefinition, AttackExample } from './attack.js'
import { objectiveOption } from './continuous/continuous-options.js'
import { lossSign } from './goal.js'
import { readStates } from './words/read-states.js'
import { WordScores } from './words/word-scores.js'

const options = z.strictObject({
  length: z.int().positive().default(3).describe('how many words the trigger has'),
  learnRows: z.int().positive().default(200).describe('rows it is learned from: the first ones'),
  passes: z.int().positive().default(3).describe('how often it goes over its words at most'),
  topWords: z.int().positive().default(20).describe('words of the best first-order effect that are tried for each'),
  objective: objectiveOption.default('cross-entropy'),
  learned: z
    .array(z.int().nonnegative())
    .default([])
    .describe('the numbers of its words, where they are learned already'),
})
type Options = z.output<typeof options>

/**
 * A universal trigger: the same few words before every text, found on the first rows. It begins with the most frequent
 * word; one place after the other, the gradients of all rows at that place are averaged, the words of the best first-order
 * effect (equation 2) are tried on all rows, and the best comes in: the one that flips most, of equals that of the higher
 * mean loss. It ends where a pass changes nothing. Rows are then attacked without asking the victim anything. Without a
 * target one trigger has to serve all labels; the paper has a target.
 */
export const trigger = {
  name: 'trigger',
  kind: 'words',
  summary: 'the same few words before every text, learned from the first rows',
  reference:
    'Wallace, Feng, Kandpal, Gardner, Singh: Universal Adversarial Triggers for Attacking and Analyzing NLP, EMNLP 2019, eq. 2',
  options,
  create,
} as const satisfies AttackDefinition<typeof options>

function create(chosen: Options): Attack {
  const { learned, learnRows } = chosen
  return {
    name: 'trigger',
    kind: 'words',
    options: chosen,
    learnsFrom: learned.length > 0 ? 0 : learnRows,
    learn: (victim, examples) => create({ ...chosen, learned: learnFrom(victim, examples, chosen) }),
    run(victim, examples) {
      const words = learned.length > 0 ? learned : learnFrom(victim, examples, chosen)
      const edits = insertions(words.filter((word) => word < victim.embeddings.vocabulary.size))
      const space = spaceOf(victim)
      return examples.map(({ encoded }) => {
        const isAllowed = space.allowsEdits(encoded, edits)
        return { kind: 'words', edits: isAllowed ? edits : [], rejected: isAllowed ? 0 : 1 }
      })
    },
  }
}

const insertions = (words: readonly number[]): Edit[] =>
  words.map((word) => ({ move: 'insert', position: 0, word: wordId(word) }))

function spaceOf(victim: ReadOnlyVictim): SwapSpace {
  const { vocabulary } = victim.embeddings
  return new SwapSpace(wholeVocabulary(vocabulary), [tokenisesBack(victim, vocabulary)])
}

/** How good a trigger is on the rows it is learned from. */
interface Standing {
  readonly words: readonly number[]
  readonly flips: number
  readonly loss: number
}

const isBetter = (a: Standing, b: Standing): boolean => a.flips > b.flips || (a.flips === b.flips && a.loss > b.loss)

/** The numbers of the trigger's words. */
function learnFrom(victim: ReadOnlyVictim, examples: readonly AttackExample[], chosen: Options): number[] {
  const { length, passes, topWords, objective } = chosen
  const start = new Array<number>(length).fill(0)
  if (examples.length === 0) return start
  const { vocabulary, dimensions: D } = victim.embeddings
  const scores = new WordScores(new ListSearches(victim.embeddings, victim.ranking))
  const space = spaceOf(victim)
  const everyWord = Int32Array.from({ length: vocabulary.size }, (_, id) => id)
  const statesWith = (words: readonly number[]) =>
    examples.map((example, member) => ({ example, member, edits: insertions(words) }))
  const judge = (words: readonly number[]): Standing => {
    const readings = readStates(victim, statesWith(words), objective, 'logits')
    const loss = readings.reduce((sum, reading) => sum + reading.loss, 0)
    return { words, loss, flips: readings.filter(({ reached }) => reached).length }
  }
  let best = judge(start)
  for (let pass = 0, changed = true; pass < passes && changed; pass++) {
    changed = false
    for (let place = 0; place < length; place++) {
      const mean = new Float32Array(D)
      for (const { state, gradient } of readStates(victim, statesWith(best.words), objective, 'gradients')) {
        const sign = lossSign(state.example)
        for (let d = 0; d < D; d++) mean[d] += (sign * gradient[place * D + d]) / examples.length
      }
      const tried = scores.best(mean, 1, everyWord, topWords).items.map((word) => best.words.with(place, word))
      // What does not read back before the first text does so hardly anywhere.
      const standings = tried.filter((words) => space.allowsEdits(examples[0].encoded, insertions(words))).map(judge)
      const next = standings.reduce((a, b) => (isBetter(b, a) ? b : a), best)
      changed ||= next !== best
      best = next
    }
  }
  return [...best.words]
}
