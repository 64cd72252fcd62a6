import type { Norm } from '../../base/norm.js'
import type { AttackResult } from '../result.js'
import type { RowAfter } from './attack-batch.js'
import type { AttackableRow, RowBefore } from './before-attack.js'
import { type Norms, normsOfChange } from './norms.js'
import { leavingScore } from './score.js'

/** What holds a row against the least that flips it. */
export interface Yardstick {
  /** The exact minimum, in the measure; Infinity where nothing flips the row, undefined where it is not known. */
  readonly minimum?: number
  readonly measure: Norm | 'wordsChanged'
  /** Proven: no set of so many swaps flips the row. */
  readonly certified?: number
}

/** The result row of a row before and after the attack. Every number in it is finite. */
export function resultOf(
  victim: { readonly labels: readonly string[] },
  before: RowBefore,
  after: Omit<RowAfter, 'rejected'>,
  { epsilon, yardstick, seconds }: { epsilon?: number; yardstick?: Yardstick; seconds: number },
): AttackResult {
  const { underAttack } = before
  const { wordsChanged, numForwards, numGradients, flipped } = after
  const nameOf = (judgement: RowAfter['judgement']) => judgement && victim.labels[judgement.predicted]
  const scoreOf = (judgement: RowAfter['judgement']) =>
    judgement === undefined || underAttack === undefined ? undefined : leavingScore(judgement.logits, underAttack)
  const attacked = before.kind === 'attackable' ? before : undefined
  const norms = attacked && normsOf(attacked, after)
  const minimum = Number.isFinite(yardstick?.minimum) ? yardstick?.minimum : undefined
  const size = yardstick && (yardstick.measure === 'wordsChanged' ? wordsChanged : norms?.[yardstick.measure])
  // One literal: objects of so many properties made by spreading others take V8 10 to 20 µs.
  return {
    row: before.row,
    originalText: after.originalText,
    perturbedText: after.perturbedText,
    originalScore: scoreOf(before.judgement),
    perturbedScore: scoreOf(after.judgement),
    originalOutput: nameOf(before.judgement),
    perturbedOutput: nameOf(after.judgement),
    groundTruthOutput: before.label,
    numQueries: numForwards + numGradients,
    resultType: !attacked ? 'Skipped' : flipped ? 'Successful' : 'Failed',
    wordsChanged: attacked && wordsChanged,
    perturbedPercent:
      attacked && wordsChanged !== undefined ? (100 * wordsChanged) / attacked.encoded.ids.length : undefined,
    l1: norms?.l1,
    l2: norms?.l2,
    linf: norms?.linf,
    epsilon: attacked && epsilon,
    numForwards,
    numGradients,
    numCacheHits: after.numCacheHits,
    exactMinimum: minimum,
    certifiedSwaps: yardstick?.certified,
    gap: flipped ? gapOf(size, minimum) : undefined,
    reason: before.kind !== 'attackable' ? whySkipped(before) : flipped ? undefined : after.problem,
    seconds,
  }
}

/** Of the change of the embedded input; undefined where its number of words has changed. */
function normsOf(before: RowBefore, { input, norms }: Pick<RowAfter, 'input' | 'norms'>): Norms | undefined {
  return norms ?? (input.length === before.input.length ? normsOfChange(before.input, input) : undefined)
}

/** Why there is nothing to attack. */
function whySkipped(row: Exclude<RowBefore, AttackableRow>): string {
  if (row.kind === 'unjudged') return row.problem ?? 'no known word'
  return row.kind === 'wrong' ? 'wrong before the attack' : 'at the target already'
}

/** How far from the least that flips a row an attack stayed. */
function gapOf(size: number | undefined, minimum: number | undefined): number | undefined {
  // A row on the very boundary needs no change at all: there is no ratio.
  return size !== undefined && minimum !== undefined && minimum > 0 ? size / minimum - 1 : undefined
}
