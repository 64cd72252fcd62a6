import type { Attack, AttackOutcome } from '../attacks/attack.js'
import { ReadOnlyVictim } from '../gradient/read-only-victim.js'
import type { Victim } from '../gradient/victim.js'
import { nameOfRow, type RowBefore } from './before-attack.js'
import { isFlip, type Judgement, judge } from './judge.js'
import { applyOutcome, type PerturbedInput, unperturbed } from './perturbed-input.js'

/** A row after the attack. */
export interface RowAfter extends PerturbedInput {
  /** What the victim makes of it; undefined without a known word. */
  readonly judgement?: Judgement
  readonly flipped: boolean
  readonly numForwards: number
  readonly numGradients: number
  /** Candidates the attack dropped since the text would not have read back as the attacked words. */
  readonly rejected: number
}

export interface AttackBatchOptions {
  readonly seed: number
  /** The label to reach. */
  readonly target?: number
  readonly source?: string
  readonly note?: (line: string) => void
}

/** Attacks the attackable rows of a batch, and judges all of them anew. One result for each row, in order. */
export function attackBatch(
  victim: Victim,
  attack: Attack,
  rows: readonly RowBefore[],
  { seed, target, source, note }: AttackBatchOptions,
): RowAfter[] {
  const attacked = rows.filter(({ attackable }) => attackable)
  const examples = attacked.map(({ row, encoded, underAttack }) => ({ row, encoded, label: underAttack!, target }))
  const reader = new ReadOnlyVictim(victim, attacked.length)
  const outcomes = attacked.length === 0 ? [] : attack.run(reader, examples, { seed, note })
  if (outcomes.length !== attacked.length) {
    throw new Error(`attack ${attack.name} gave ${outcomes.length} outcomes for ${attacked.length} rows`)
  }
  const perturbed = attacked.map((row, i) => applyOutcome(victim, row, outcomes[i], attack.name))
  const judgements = judge(
    victim,
    perturbed.map(({ input }) => input),
    (i) => nameOfRow(source, attacked[i].row),
  )
  let next = 0
  return rows.map((row) => {
    if (!row.attackable) {
      const { judgement } = row
      return { ...unperturbed(row), judgement, flipped: false, numForwards: 0, numGradients: 0, rejected: 0 }
    }
    const i = next++
    const judgement = judgements[i]
    return {
      ...perturbed[i],
      judgement,
      flipped: judgement !== undefined && isFlip(judgement.predicted, row.underAttack!, target),
      numForwards: reader.forwards[i],
      numGradients: reader.gradients[i],
      rejected: rejectedBy(outcomes[i]),
    }
  })
}

function rejectedBy(outcome: AttackOutcome): number {
  return outcome.kind === 'words' ? (outcome.rejected ?? 0) : 0
}
