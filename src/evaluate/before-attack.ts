import { embed } from '../gradient/embed.js'
import type { EncodedText, Victim } from '../gradient/victim.js'
import { type Goal, labelNumbered } from './goal.js'
import { type Judgement, judge } from './judge.js'

/** A row to attack or to judge. */
export interface NumberedRow {
  /** Its number in the input, from 1. */
  readonly row: number
  readonly text: string
  /** The ground truth, by name. */
  readonly label?: string
}

/** A row as the victim sees it before any attack. */
export interface RowBefore extends NumberedRow {
  readonly encoded: EncodedText
  /** The embedded words, [C, D]; of length 0 without a known word. */
  readonly input: Float32Array
  /** Undefined without a known word. */
  readonly judgement?: Judgement
  /** Why the victim could not judge it, if it could not. */
  readonly problem?: string
  /** The label under attack; undefined without one (no ground truth and no known word). */
  readonly underAttack?: number
  /** Whether it is worth an attack: it has a known word, is right at first, and is not at the target. */
  readonly attackable: boolean
}

/**
 * Reads and judges rows as written.
 * @param source the name of their file, for errors
 * @throws UserError at a label the victim does not know
 */
export function judgeBefore(
  victim: Victim,
  rows: readonly NumberedRow[],
  goal: Goal,
  source: string | undefined,
): RowBefore[] {
  const truths = rows.map(({ label, row }) =>
    label === undefined ? undefined : labelNumbered(victim, label, nameOfRow(source, row)),
  )
  const encoded = rows.map(({ text }) => victim.encode(text))
  const inputs = encoded.map(({ ids }) => embedWords(victim, ids))
  const judged = judge(victim, inputs)
  return rows.map((row, index) => {
    const { judgement, problem } = judged[index]
    const predicted = judgement?.predicted
    const underAttack = goal.against === 'truth' ? (truths[index] ?? predicted) : predicted
    const attackable = predicted !== undefined && predicted === underAttack && predicted !== goal.target
    return { ...row, encoded: encoded[index], input: inputs[index], judgement, problem, underAttack, attackable }
  })
}

/** The vectors of some words, [C, D]: a copy. */
export function embedWords(victim: Victim, ids: Int32Array): Float32Array {
  return embed(victim.embeddings, [ids]).embedded
}

/** `reviews.csv row 17`, or `row 17` where the rows are of no file. */
export function nameOfRow(source: string | undefined, row: number): string {
  return source === undefined ? `row ${row}` : `${source} row ${row}`
}
