import type { Attack, AttackOutcome } from '../attacks/attack.js'
import { normOf } from '../base/norm.js'
import type { Victim } from '../gradient/victim.js'
import { markChanges } from '../text/changed-words.js'
import { replaceWords } from '../text/splice.js'
import { embedWords, type RowBefore } from './before-attack.js'

/** What an attack made of a row, in the form in which it is written and judged. */
export interface PerturbedInput {
  /** Both texts with the changed words marked. */
  readonly originalText: string
  readonly perturbedText: string
  /** The embedded input to judge, [C, D]; words are encoded anew from the perturbed text. */
  readonly input: Float32Array
  /** How many known words changed; undefined where embeddings did, or where the text reads as more or fewer words. */
  readonly wordsChanged?: number
  /** The change of the embedded input, [C, D], of a continuous attack. */
  readonly perturbation?: Float32Array
}

/** The row as it is. */
export function unperturbed({ text, input }: RowBefore): PerturbedInput {
  const marked = markChanges(text, [])
  return { originalText: marked, perturbedText: marked, input }
}

/**
 * Applies an outcome to its row. No attack is trusted: swaps are made in the text as written, and that text is what
 * the victim gets to read.
 * @param attack for its name in errors, and the ball of a continuous one
 * @throws Error when the outcome does not fit the row: a defect of the attack
 */
export function applyOutcome(
  victim: Victim,
  before: RowBefore,
  outcome: AttackOutcome,
  attack: Pick<Attack, 'name' | 'ball'>,
): PerturbedInput {
  const defect = (what: string) => new Error(`attack ${attack.name}, row ${before.row}: ${what}`)
  if (outcome.kind === 'continuous') {
    if (outcome.embedded.length !== before.input.length) {
      throw defect(`${outcome.embedded.length} values for an input of ${before.input.length}`)
    }
    if (!outcome.embedded.every(Number.isFinite)) throw defect('the perturbed input is not finite')
    const perturbation = outcome.embedded.map((value, i) => value - before.input[i])
    const outside = attack.ball && leaves(attack.ball, before.input, perturbation)
    if (outside !== undefined) throw defect(outside)
    return { ...unperturbed(before), input: perturb(before.input, perturbation), perturbation }
  }
  const { text, encoded } = before
  const { ids, spans } = encoded
  const words = victim.embeddings.vocabulary.words
  const swapped = new Set<number>()
  for (const { position, word } of outcome.swaps) {
    if (spans[position] === undefined || words[word] === undefined || swapped.has(position)) {
      throw defect(`swap of position ${position} to word ${word} does not fit ${ids.length} words`)
    }
    swapped.add(position)
  }
  // A word swapped for itself would only lose its capital letters.
  const swaps = outcome.swaps
    .filter(({ position, word }) => word !== ids[position])
    .sort((a, b) => a.position - b.position)
  const changed = swaps.map(({ position }) => spans[position])
  const replaced = replaceWords(
    text,
    swaps.map(({ word }, i) => ({ span: changed[i], word: words[word] })),
  )
  const read = victim.encode(replaced.text).ids
  return {
    originalText: markChanges(text, changed),
    perturbedText: markChanges(replaced.text, replaced.spans),
    input: embedWords(victim, read),
    wordsChanged: changedWords(ids, read),
  }
}

/** What float32 may add to a norm: a share of the norm itself, and of the numbers that the perturbation was added to. */
const ROUNDING = { ofEpsilon: 1e-4, ofInput: 1e-6 }

/** What is to be said of a perturbation that is larger than it may be; undefined where it is not. */
function leaves(
  { norm, epsilon }: NonNullable<Attack['ball']>,
  input: Float32Array,
  perturbation: Float32Array,
): string | undefined {
  const found = normOf(norm, perturbation)
  if (found <= epsilon * (1 + ROUNDING.ofEpsilon) + ROUNDING.ofInput * normOf(norm, input)) return undefined
  return `a perturbation of ${norm} norm ${found}, epsilon is ${epsilon}`
}

/** How many words differ; undefined between texts of different lengths. */
export function changedWords(before: Int32Array, after: Int32Array): number | undefined {
  if (before.length !== after.length) return undefined
  return before.reduce((count, id, position) => count + (id === after[position] ? 0 : 1), 0)
}

/**
 * The input with a saved perturbation added, rounded to float32. Attacks are judged on this sum rather than on what
 * they returned, so that a saved perturbation gives the judged input bit by bit.
 */
export function perturb(input: Float32Array, perturbation: Float32Array): Float32Array {
  return input.map((value, i) => value + perturbation[i])
}
