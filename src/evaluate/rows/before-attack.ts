import { embed, exampleOf } from '../../gradient/embed.js'
import type { EncodedText, Victim } from '../../gradient/victim.js'
import { type Goal, labelNumbered } from '../goal.js'
import { type Judgement, judge } from './judge.js'

/** A row to attack or to judge. */
export interface NumberedRow {
  /** Its number in the input, from 1. */
  readonly row: number
  readonly text: string
  /** The ground truth, by name. */
  readonly label?: string
}

/** A row as the victim reads it. */
export interface EncodedRow extends NumberedRow {
  readonly encoded: EncodedText
  /** The embedded words, [C, D]; of length 0 without a known word. */
  readonly input: Float32Array
}

/** A row of which the victim makes nothing: it has no known word, or there is a problem. */
export interface UnjudgedRow extends EncodedRow {
  readonly kind: 'unjudged'
  readonly judgement?: undefined
  /** Why the victim could not judge it; undefined without a known word. */
  readonly problem?: string
  /** The ground truth, where that is what is attacked. */
  readonly underAttack?: number
}

/**
 * A row that the victim has judged: `attackable`, or there is nothing to attack, since the victim is `wrong` before any
 * attack or `at-target` already.
 */
export interface JudgedRow<Kind extends 'attackable' | 'wrong' | 'at-target'> extends EncodedRow {
  readonly kind: Kind
  readonly judgement: Judgement
  /** The label under attack. */
  readonly underAttack: number
}

export type AttackableRow = JudgedRow<'attackable'>

/** A row as the victim sees it before any attack. */
export type RowBefore = UnjudgedRow | AttackableRow | JudgedRow<'wrong'> | JudgedRow<'at-target'>

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
  const inputs = embed(
    victim.embeddings,
    encoded.map(({ ids }) => ids),
  )
  const judged = judge(victim, inputs)
  return rows.map(({ row, text, label }, b): RowBefore => {
    const { judgement, problem } = judged[b]
    const input = exampleOf(inputs, b)
    const truth = goal.against === 'truth' ? truths[b] : undefined
    if (judgement === undefined) {
      return { kind: 'unjudged', row, text, label, encoded: encoded[b], input, problem, underAttack: truth }
    }
    const { predicted } = judgement
    const underAttack = truth ?? predicted
    const kind = predicted !== underAttack ? 'wrong' : predicted === goal.target ? 'at-target' : 'attackable'
    return { kind, row, text, label, encoded: encoded[b], input, judgement, underAttack }
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
