import type { Attack, AttackOutcome } from '../../attacks/attack.js'
import type { ListSearches } from '../../embeddings/list-searches.js'
import { joinEmbedded } from '../../gradient/embed.js'
import { ReadOnlyVictim } from '../../gradient/read-only-victim.js'
import type { Victim } from '../../gradient/victim.js'
import { VictimError } from '../../gradient/victim-error.js'
import type { AttackableRow, RowBefore } from './before-attack.js'
import { type Judgement, judge } from './judge.js'
import { applyOutcome, type PerturbedInput, unperturbed } from './perturbed-input.js'
import type { Snap } from './snap.js'
import { succeeds } from './success.js'

/** What an attack has cost a row. */
interface Costs {
  readonly numForwards: number
  readonly numGradients: number
  readonly numCacheHits?: number
  /** Candidates the attack dropped since the text would not have read back as the attacked words. */
  readonly rejected: number
}

const NO_COSTS: Costs = { numForwards: 0, numGradients: 0, rejected: 0 }

/** How a row stands after the attack. */
interface Standing {
  /** What the victim makes of it; undefined without a known word. */
  readonly judgement?: Judgement
  readonly flipped: boolean
  /** Whether it flipped before it was brought back to words; undefined where that was not asked for. */
  readonly flippedUnsnapped?: boolean
  /** Why nothing could be done with it, where that is more than that nothing helped. */
  readonly problem?: string
}

/** A row after the attack. */
export type RowAfter = PerturbedInput & Costs & Standing

export interface AttackBatchOptions {
  readonly seed: number
  /** The label to reach. */
  readonly target?: number
  readonly source?: string
  readonly note?: (line: string) => void
  /** Of long lists of words, kept from batch to batch. */
  readonly searches?: ListSearches
  /** Forward passes that the attack may spend on a row; with 0 it is not run. */
  readonly queries?: number
  /** Brings what a continuous attack gives back to words. */
  readonly snap?: Snap
}

/** What an attack made of one row, and what it cost. */
interface AttackedExample extends Costs {
  readonly outcome: AttackOutcome
  readonly problem?: string
}

/**
 * Attacks the attackable rows of a batch, and judges them anew. One result for each row, in order. A row for which
 * the victim cannot answer stays as it is.
 */
export function attackBatch(
  victim: Victim,
  attack: Attack,
  rows: readonly RowBefore[],
  options: AttackBatchOptions,
): RowAfter[] {
  const attacked = attackAndJudge(
    victim,
    attack,
    rows.filter((row) => row.kind === 'attackable'),
    options,
  )
  let next = 0
  return rows.map((row) => {
    if (row.kind === 'attackable') return attacked[next++]
    return rowAfter(unperturbed(row), NO_COSTS, { judgement: row.judgement, flipped: false })
  })
}

/** One result for each row, in order. */
function attackAndJudge(
  victim: Victim,
  attack: Attack,
  rows: readonly AttackableRow[],
  options: AttackBatchOptions,
): RowAfter[] {
  const { target, snap } = options
  const examples = attackAll(victim, attack, rows, options)
  const within = rows.map((row, i) => applyOutcome(victim, row, examples[i].outcome, attack))
  const perturbed = snap === undefined ? within : within.map((each, i) => snapped(victim, rows[i], each, snap))
  const judgeInputs = (perturbed: readonly PerturbedInput[]) => {
    const inputs = perturbed.map(({ input }) => input)
    return judge(victim, joinEmbedded(inputs, victim.embeddings.dimensions))
  }
  const judged = judgeInputs(perturbed)
  const unsnapped = snap && judgeInputs(within)
  const flips = (i: number, judgement: Judgement | undefined) =>
    judgement !== undefined &&
    succeeds(attack, judgement.predicted, rows[i].underAttack, target, perturbed[i].wordsChanged)
  return rows.map((row, i) => {
    const { judgement, problem } = judged[i]
    if (problem !== undefined) {
      return rowAfter(unperturbed(row), examples[i], { judgement: row.judgement, flipped: false, problem })
    }
    const flippedUnsnapped = unsnapped && flips(i, unsnapped[i].judgement)
    const standing = { judgement, flipped: flips(i, judgement), flippedUnsnapped, problem: examples[i].problem }
    return rowAfter(perturbed[i], examples[i], standing)
  })
}

/** One literal: objects of so many properties made by spreading others take V8 10 to 20 µs. */
function rowAfter(
  { originalText, perturbedText, input, wordsChanged, perturbation, norms }: PerturbedInput,
  { numForwards, numGradients, numCacheHits, rejected }: Costs,
  { judgement, flipped, flippedUnsnapped, problem }: Standing,
): RowAfter {
  return {
    originalText,
    perturbedText,
    input,
    wordsChanged,
    perturbation,
    norms,
    judgement,
    flipped,
    flippedUnsnapped,
    numForwards,
    numGradients,
    numCacheHits,
    rejected,
    problem,
  }
}

/** Attacks rows together or, where the victim cannot answer for one of them, one by one. */
function attackAll(
  victim: Victim,
  attack: Attack,
  rows: readonly AttackableRow[],
  options: AttackBatchOptions,
): AttackedExample[] {
  if (rows.length === 0) return []
  try {
    return attackTogether(victim, attack, rows, options)
  } catch (error) {
    if (!(error instanceof VictimError)) throw error
    if (rows.length > 1) return rows.flatMap((row) => attackAll(victim, attack, [row], options))
    return [{ ...NO_COSTS, outcome: nothing(attack, rows[0]), problem: error.message }]
  }
}

function attackTogether(
  victim: Victim,
  attack: Attack,
  rows: readonly AttackableRow[],
  { seed, target, note, searches, queries }: AttackBatchOptions,
): AttackedExample[] {
  const examples = rows.map(({ row, encoded, underAttack }) => ({ row, encoded, label: underAttack, target }))
  const unchanged = (member: number) => rows[member].judgement.logits
  const reader = new ReadOnlyVictim(victim, rows.length, queries === undefined ? undefined : { queries, unchanged })
  const isRun = queries !== 0
  const outcomes = isRun
    ? attack.run(reader, examples, { seed, note, searches })
    : rows.map((row) => nothing(attack, row))
  if (outcomes.length !== rows.length) {
    throw new Error(`attack ${attack.name} gave ${outcomes.length} outcomes for ${rows.length} rows`)
  }
  return outcomes.map((outcome, i) => ({
    outcome,
    numForwards: reader.forwards[i],
    numGradients: reader.gradients[i],
    numCacheHits: outcome.kind === 'words' ? outcome.cacheHits : undefined,
    rejected: rejectedBy(outcome),
    problem: isRun ? whyNothing(attack, reader, rows[i], outcome, searches) : undefined,
  }))
}

/** Words read to find out why an attack changed none: a candidate that is allowed is nearly always among the first. */
const WORDS_READ = 100_000

/** Why an attack on words changed nothing, where that is since there was nothing it might put in anywhere. */
function whyNothing(
  attack: Attack,
  victim: ReadOnlyVictim,
  { encoded }: RowBefore,
  outcome: AttackOutcome,
  searches: ListSearches | undefined,
): string | undefined {
  if (outcome.kind === 'continuous' || outcome.edits.length > 0 || attack.space === undefined) return undefined
  const hasSwap = attack.space(victim, { seed: 0, searches }).hasSwap(encoded, WORDS_READ)
  if (hasSwap === undefined) return 'no candidate that was tried is allowed'
  return hasSwap ? undefined : 'no candidates'
}

/** What an attack gives back that does nothing. */
function nothing({ kind }: Attack, { input }: AttackableRow): AttackOutcome {
  return kind === 'continuous' ? { kind, embedded: input } : { kind, edits: [] }
}

function rejectedBy(outcome: AttackOutcome): number {
  return outcome.kind === 'continuous' ? 0 : (outcome.rejected ?? 0)
}

function snapped(victim: Victim, row: AttackableRow, perturbed: PerturbedInput, snap: Snap): PerturbedInput {
  if (perturbed.perturbation === undefined) return perturbed
  return applyOutcome(victim, row, snap.outcome(row.encoded.ids, row.input, perturbed.input), { name: 'snap' })
}
