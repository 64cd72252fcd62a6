import { z } from 'zod'
import { UserError } from '../base/errors.js'
import { stopWordsKept } from '../constraints/stop-words-kept.js'
import { SwapSpace } from '../constraints/swap-space.js'
import { tokenisesBack } from '../constraints/tokenises-back.js'
import { type Edit, inOrder, keyOfEdits } from '../gradient/edit.js'
import { predictedLabel } from '../gradient/prediction.js'
import type { ReadOnlyVictim } from '../gradient/read-only-victim.js'
import type { Attack, AttackDefinition, AttackExample, AttackOutcome } from './attack.js'
import { BestFew } from './words/best-few.js'
import { MOST_WORDS_READ, type Reading, readStates, type State } from './words/read-states.js'

const options = z.strictObject({
  beam: z.int().positive().default(5).describe('how many reduced texts are carried on; 1 is greedy'),
  keepStopWords: z.boolean().default(false).describe('leave the stop words of English where they are'),
})
type Options = z.output<typeof options>

/**
 * Takes words out as long as the label stays: what is left shows how little the victim looks at. The word that matters least
 * goes first, by the gradient: without word i the loss rises by -g_i · v_i to first order, what equation 1 asks of the victim
 * itself. A beam search; a row is Successful where its label stands without at least one word.
 */
export const inputReduction = {
  name: 'input-reduction',
  kind: 'words',
  summary: 'takes out words as long as the label stays',
  reference:
    'Feng, Wallace, Grissom, Iyyer, Rodriguez, Boyd-Graber: Pathologies of Neural Models Make Interpretations Difficult, EMNLP 2018, section 2, eq. 1',
  options,
  create,
} as const satisfies AttackDefinition<typeof options>

function create(chosen: Options): Attack {
  return {
    name: 'input-reduction',
    kind: 'words',
    options: chosen,
    keepsLabel: true,
    run(victim, examples) {
      const { vocabulary } = victim.embeddings
      const stays = chosen.keepStopWords ? [stopWordsKept(vocabulary)] : []
      const space = new SwapSpace({ name: 'none', candidatesOf: () => new Int32Array() }, [
        tokenisesBack(victim, vocabulary),
        ...stays,
      ])
      return examples.map((example, member) => reduce(victim, space, example, member, chosen.beam))
    },
  }
}

function reduce(
  victim: ReadOnlyVictim,
  space: SwapSpace,
  example: AttackExample,
  member: number,
  beam: number,
): AttackOutcome {
  if (example.target !== undefined) throw new UserError('attack input-reduction: keeps the label; leave target out')
  let best: readonly Edit[] = []
  let rejected = 0
  let states: readonly State[] = [{ example, member, edits: [] }]
  const verdicts = new Map<string, boolean>()
  const allows = (edits: readonly Edit[]) => {
    const key = keyOfEdits(edits)
    let verdict = verdicts.get(key)
    if (verdict === undefined) {
      verdict = space.allowsEdits(example.encoded, edits)
      verdicts.set(key, verdict)
      if (!verdict) rejected++
    }
    return verdict
  }
  for (let read = 0; states.length > 0 && read < MOST_WORDS_READ; ) {
    for (const { edits } of states) read += example.encoded.ids.length - edits.length
    const readings = readStates(victim, states, 'cross-entropy', 'gradients')
    const kept = readings.filter(({ logits }) => predictedLabel(logits) === example.label)
    if (kept.length === 0) break
    best = kept.reduce((a, b) => (b.loss < a.loss ? b : a)).state.edits
    verdicts.clear()
    states = childrenOf(kept, victim, beam, allows)
  }
  return { kind: 'words', edits: best, rejected }
}

/** Texts that are looked at for each that is carried on: the constraints may reject some. */
const LOOKED_AT = 8

/** The `beam` texts with one word less whose loss is estimated lowest, of those allowed. */
function childrenOf(
  readings: readonly Reading[],
  { embeddings }: ReadOnlyVictim,
  beam: number,
  allows: (edits: readonly Edit[]) => boolean,
): State[] {
  const { vectors, dimensions: D } = embeddings
  const best = new BestFew<{ readonly state: State; readonly position: number }>(LOOKED_AT * beam)
  for (const { state, words, loss, gradient } of readings) {
    if (words.ids.length < 2) continue
    words.ids.forEach((id, place) => {
      let product = 0
      for (let d = 0; d < D; d++) product += gradient[place * D + d] * vectors[id * D + d]
      best.add(product - loss, { state, position: words.origins[place] })
    })
  }
  const children = new Map<string, State>()
  for (const { state, position } of best.items) {
    if (children.size === beam) break
    const edits = inOrder([...state.edits, { move: 'delete', position }])
    const key = keyOfEdits(edits)
    if (!children.has(key) && allows(edits)) children.set(key, { ...state, edits })
  }
  return [...children.values()]
}
