import type { Norm } from '../base/norm.js'
import type { RowAfter } from './attack-batch.js'
import type { AttackableRow, RowBefore } from './before-attack.js'
import { normsOfChange } from './norms.js'
import type { AttackResult } from './result.js'
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
  const { underAttack, label } = before
  const nameOf = (judgement: RowAfter['judgement']) => judgement && victim.labels[judgement.predicted]
  const scoreOf = (judgement: RowAfter['judgement']) =>
    judgement === undefined || underAttack === undefined ? undefined : leavingScore(judgement.logits, underAttack)
  const outputs = {
    row: before.row,
    originalText: after.originalText,
    perturbedText: after.perturbedText,
    originalScore: scoreOf(before.judgement),
    perturbedScore: scoreOf(after.judgement),
    originalOutput: nameOf(before.judgement),
    perturbedOutput: nameOf(after.judgement),
    groundTruthOutput: label,
    numQueries: after.numForwards + after.numGradients,
    numForwards: after.numForwards,
    numGradients: after.numGradients,
    numCacheHits: after.numCacheHits,
    seconds,
  }
  if (before.kind !== 'attackable') return { ...outputs, resultType: 'Skipped', reason: whySkipped(before) }
  const { input, wordsChanged } = after
  const norms = input.length === before.input.length ? normsOfChange(before.input, input) : undefined
  return {
    ...outputs,
    ...norms,
    resultType: after.flipped ? 'Successful' : 'Failed',
    wordsChanged,
    perturbedPercent: wordsChanged === undefined ? undefined : (100 * wordsChanged) / before.encoded.ids.length,
    epsilon,
    ...heldAgainst(yardstick, { ...norms, wordsChanged }, after.flipped),
    certifiedSwaps: yardstick?.certified,
    reason: after.flipped ? undefined : after.problem,
  }
}

/** Why there is nothing to attack. */
function whySkipped(row: Exclude<RowBefore, AttackableRow>): string {
  if (row.kind === 'unjudged') return row.problem ?? 'no known word'
  return row.kind === 'wrong' ? 'wrong before the attack' : 'at the target already'
}

function heldAgainst(
  yardstick: Yardstick | undefined,
  found: Partial<Record<Yardstick['measure'], number>>,
  flipped: boolean,
): Pick<AttackResult, 'exactMinimum' | 'gap'> {
  if (yardstick?.minimum === undefined || !Number.isFinite(yardstick.minimum)) return {}
  const { minimum, measure } = yardstick
  const size = found[measure]
  // A row on the very boundary needs no change at all: no ratio says how far from that an attack stayed.
  const gap = flipped && size !== undefined && minimum > 0 ? size / minimum - 1 : undefined
  return { exactMinimum: minimum, gap }
}
