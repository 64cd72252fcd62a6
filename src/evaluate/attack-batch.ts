import type { Attack, AttackOutcome } from '../attacks/attack.js'
import { ReadOnlyVictim } from '../gradient/read-only-victim.js'
import type { Victim } from '../gradient/victim.js'
import { nameOfRow, type RowBefore } from './before-attack.js'
import { type Judgement, judge } from './judge.js'
import { applyOutcome, type PerturbedInput, unperturbed } from './perturbed-input.js'
import type { Snap } from './snap.js'
import { succeeds } from './success.js'

/** A row after the attack. */
export interface RowAfter extends PerturbedInput {
  /** What the victim makes of it; undefined without a known word. */
  readonly judgement?: Judgement
  readonly flipped: boolean
  readonly numForwards: number
  readonly numGradients: number
  /** Whether it flipped before it was brought back to words; undefined where that was not asked for. */
  readonly flippedUnsnapped?: boolean
  /** Candidates the attack dropped since the text would not have read back as the attacked words. */
  readonly rejected: number
}

export interface AttackBatchOptions {
  readonly seed: number
  /** The label to reach. */
  readonly target?: number
  readonly source?: string
  readonly note?: (line: string) => void
  /** Forward passes that the attack may spend on a row; with 0 it is not run. */
  readonly queries?: number
  /** Brings what a continuous attack gives back to words. */
  readonly snap?: Snap
}

/** Attacks the attackable rows of a batch, and judges all of them anew. One result for each row, in order. */
export function attackBatch(
  victim: Victim,
  attack: Attack,
  rows: readonly RowBefore[],
  { seed, target, source, note, queries, snap }: AttackBatchOptions,
): RowAfter[] {
  const attacked = rows.filter(({ attackable }) => attackable)
  const examples = attacked.map(({ row, encoded, underAttack }) => ({ row, encoded, label: underAttack!, target }))
  const unchanged = (member: number) => attacked[member].judgement!.logits
  const reader = new ReadOnlyVictim(victim, attacked.length, queries === undefined ? undefined : { queries, unchanged })
  const isRun = attacked.length > 0 && queries !== 0
  const outcomes = isRun ? attack.run(reader, examples, { seed, note }) : attacked.map((row) => nothing(attack, row))
  if (outcomes.length !== attacked.length) {
    throw new Error(`attack ${attack.name} gave ${outcomes.length} outcomes for ${attacked.length} rows`)
  }
  const within = attacked.map((row, i) => applyOutcome(victim, row, outcomes[i], attack))
  const perturbed = snap === undefined ? within : within.map((each, i) => snapped(victim, attacked[i], each, snap))
  const judgeAll = (inputs: readonly PerturbedInput[]) =>
    judge(
      victim,
      inputs.map(({ input }) => input),
      (i) => nameOfRow(source, attacked[i].row),
    )
  const judgements = judgeAll(perturbed)
  const unsnapped = snap && judgeAll(within)
  const flips = (i: number, judgement: Judgement | undefined) =>
    judgement !== undefined &&
    succeeds(attack, judgement.predicted, attacked[i].underAttack!, target, perturbed[i].wordsChanged)
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
      flipped: flips(i, judgement),
      flippedUnsnapped: unsnapped && flips(i, unsnapped[i]),
      numForwards: reader.forwards[i],
      numGradients: reader.gradients[i],
      rejected: rejectedBy(outcomes[i]),
    }
  })
}

/** What an attack gives back that does nothing. */
function nothing({ kind }: Attack, { input }: RowBefore): AttackOutcome {
  return kind === 'continuous' ? { kind, embedded: input } : { kind, edits: [] }
}

function rejectedBy(outcome: AttackOutcome): number {
  return outcome.kind === 'continuous' ? 0 : (outcome.rejected ?? 0)
}

function snapped(victim: Victim, row: RowBefore, perturbed: PerturbedInput, snap: Snap): PerturbedInput {
  if (perturbed.perturbation === undefined) return perturbed
  return applyOutcome(victim, row, snap.outcome(row.encoded.ids, row.input, perturbed.input), { name: 'snap' })
}
