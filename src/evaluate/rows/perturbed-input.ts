import type { Attack, AttackOutcome } from '../../attacks/attack.js'
import { normOf } from '../../base/norm.js'
import { editedText } from '../../constraints/edited-text.js'
import type { Edit } from '../../gradient/edit.js'
import type { Victim } from '../../gradient/victim.js'
import { markChanges } from '../../text/changed-words.js'
import { type EncodedRow, embedWords } from './before-attack.js'
import { changedWords } from './changed-words.js'
import { changeBetween, type Norms } from './norms.js'

/** What an attack made of a row, in the form in which it is written and judged. */
export interface PerturbedInput {
  /** Both texts with the changed words marked. */
  readonly originalText: string
  readonly perturbedText: string
  /** The embedded input to judge, [C, D]; words are encoded anew from the perturbed text. */
  readonly input: Float32Array
  /** How many known words changed; undefined where embeddings did. */
  readonly wordsChanged?: number
  /** The change of the embedded input, [C, D], of a continuous attack, and the norms by which the input has changed. */
  readonly perturbation?: Float32Array
  readonly norms?: Norms
}

/** The row as it is. */
export function unperturbed({ text, input }: EncodedRow): PerturbedInput {
  const marked = markChanges(text, [])
  return { originalText: marked, perturbedText: marked, input }
}

/**
 * Applies an outcome to its row. No attack is trusted: edits are made in the text as written, and that text is what
 * the victim gets to read.
 * @param attack for its name in errors, and the ball of a continuous one
 * @throws Error when the outcome does not fit the row: a defect of the attack
 */
export function applyOutcome(
  victim: Victim,
  before: EncodedRow,
  outcome: AttackOutcome,
  attack: Pick<Attack, 'name' | 'ball'>,
): PerturbedInput {
  const defect = (what: string) => new Error(`attack ${attack.name}, row ${before.row}: ${what}`)
  if (outcome.kind === 'continuous') {
    if (outcome.embedded.length !== before.input.length) {
      throw defect(`${outcome.embedded.length} values for an input of ${before.input.length}`)
    }
    const { perturbation, input, norms } = changeBetween(before.input, outcome.embedded)
    if (!Number.isFinite(norms.l1)) throw defect('the perturbed input is not finite')
    const outside = attack.ball && leaves(attack.ball, before.input, norms)
    if (outside !== undefined) throw defect(outside)
    const text = markChanges(before.text, [])
    return { originalText: text, perturbedText: text, input, perturbation, norms }
  }
  const { text, encoded } = before
  const { vocabulary } = victim.embeddings
  const misfit = misfitting(outcome.edits, encoded.ids.length, vocabulary.size)
  if (misfit) throw defect(`the edit ${JSON.stringify(misfit)} does not fit ${encoded.ids.length} words`)
  // A word swapped for itself would only lose its capital letters.
  const made = outcome.edits.filter((edit) => edit.move !== 'substitute' || edit.word !== encoded.ids[edit.position])
  const edited = editedText(encoded, made, vocabulary)
  const read = victim.encode(edited.text).ids
  return {
    originalText: markChanges(text, edited.changedBefore),
    perturbedText: markChanges(edited.text, edited.changedAfter),
    input: embedWords(victim, read),
    wordsChanged: changedWords(encoded.ids, read),
  }
}

/** The first edit of a place that is not there, of a word that is not there, or of a place that was edited before. */
function misfitting(edits: readonly Edit[], positions: number, words: number): Edit | undefined {
  const seen = new Set<string>()
  return edits.find((edit) => {
    const isInsertion = edit.move === 'insert'
    const place = `${isInsertion ? 'before' : 'at'} ${edit.position}`
    const last = isInsertion ? positions : positions - 1
    const isTaken = !isInsertion && seen.has(place)
    seen.add(place)
    const hasPlace = Number.isInteger(edit.position) && edit.position >= 0 && edit.position <= last
    return isTaken || !hasPlace || (edit.move !== 'delete' && !(edit.word >= 0 && edit.word < words))
  })
}

/** What float32 may add to a norm: a share of the norm itself, and of the numbers that the perturbation was added to. */
const ROUNDING = { ofEpsilon: 1e-4, ofInput: 1e-6 }

/** What is to be said of a perturbation that is larger than it may be; undefined where it is not. */
function leaves({ norm, epsilon }: NonNullable<Attack['ball']>, input: Float32Array, norms: Norms): string | undefined {
  const found = norms[norm]
  const most = epsilon * (1 + ROUNDING.ofEpsilon)
  if (found <= most || found <= most + ROUNDING.ofInput * normOf(norm, input)) return undefined
  return `a perturbation of ${norm} norm ${found}, epsilon is ${epsilon}`
}

/** The input with a saved perturbation added, rounded to float32: bit by bit what the attack was judged on. */
export function perturb(input: Float32Array, perturbation: Float32Array): Float32Array {
  const sum = new Float32Array(input.length)
  for (let i = 0; i < sum.length; i++) sum[i] = input[i] + perturbation[i]
  return sum
}
