import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import type { Attack } from '../attacks/attack.js'
import { createAttack } from '../attacks/create-attack.js'
import { attackDefinitions } from '../attacks/index.js'
import { InterruptedError, UserError } from '../base/errors.js'
import type { TensorData } from '../base/safetensors.js'
import { ensureTensorBackend } from '../gradient/tensorflow.js'
import type { Victim } from '../gradient/victim.js'
import { parseOptions } from '../text/parse-options.js'
import { batchesOf } from './batches.js'
import { beginProof } from './begin-proof.js'
import { type Difference, differingClaim } from './claims.js'
import { EvaluateOptions } from './evaluate-options.js'
import { readResults } from './files/result-file.js'
import { PerturbationReader } from './files/tensor-shards.js'
import { type GoalOptions, resolveGoal } from './goal.js'
import { type JudgedResult, ResultJudge } from './judge-results.js'
import type { AttackResult } from './result.js'
import { mostSwapsOf, Statistics, StatisticsBuilder } from './statistics/statistics.js'
import { AttackSummary, readSummaryIfThere } from './summary.js'
import { type OtherVictim, Transfer, TransferResult } from './transfer.js'

/** What judging a result file anew has shown. The statistics are of the judged rows, not of what the file claims. */
export const EvaluationReport = Statistics.extend({
  /** The result file as it was named; null for results from elsewhere. */
  file: z.string().nullable(),
  goal: AttackSummary.shape.goal,
  target: AttackSummary.shape.target,
  against: AttackSummary.shape.against,
  /** Rows of continuous attacks without a saved perturbation: nothing says what to judge. They are in no other count. */
  unjudged: z.int().nonnegative(),
  /** Rows of which a claim does not hold. */
  differing: z.int().nonnegative(),
  firstDifference: z
    .object({
      row: z.int(),
      column: z.string(),
      claimed: z.union([z.string(), z.number()]).nullable(),
      judged: z.union([z.string(), z.number()]).nullable(),
    })
    .nullable(),
  transfer: z.array(TransferResult),
  /** What `FILE.summary.json` says the rows were made against; null without one. */
  madeAgainst: z
    .object({
      /** The model's folder as it was named. */
      folder: z.string().nullable(),
      /** Whether it had the very parameters of the victim that judged. */
      sameParameters: z.boolean(),
    })
    .nullable(),
  readOnlyProof: AttackSummary.shape.readOnlyProof,
})
export type EvaluationReport = z.output<typeof EvaluationReport>

/** What judging is told, and whom it tells, besides its options. */
export interface EvaluateContext {
  /**
   * The attack that made the results: exact minima are in its measure. Like the goal, it is taken from
   * `FILE.summary.json` where that is there and nothing else is said.
   */
  readonly attack?: Attack
  /** Other victims to put the flipped rows before. */
  readonly transfer?: readonly OtherVictim[]
  /** Saved perturbations of results that are not read from a file. */
  readonly perturbations?: { find(index: number, row: number): Promise<TensorData | undefined> }
  /** Is given each row as it was judged, in order. */
  readonly onRow?: (row: JudgedResult) => void | Promise<void>
  /** Stops before the next batch, with an InterruptedError. */
  readonly signal?: AbortSignal
}

/**
 * Judges every row anew with the victim, believing nothing that the results say of it: original and perturbed texts are
 * encoded as they are written, saved perturbations are added to the embedded words.
 *
 * @param source a result file, or results
 * @throws UserError when the file is no result file, or is of a victim with other labels or dimensions, and for an option
 *   that is unknown or has no good value, and when the victim has changed since its engine copied it
 * @throws InterruptedError when the signal fires
 */
export async function evaluate(
  victim: Victim,
  source: string | Iterable<AttackResult> | AsyncIterable<AttackResult>,
  options: EvaluateOptions & EvaluateContext = {},
): Promise<EvaluationReport> {
  const { transfer = [], perturbations, onRow, signal, attack: given, ...asked } = options
  const { batchSize, ...chosen } = parseOptions(EvaluateOptions, asked, 'evaluate')
  await ensureTensorBackend()
  const file = typeof source === 'string' ? source : undefined
  const results = typeof source === 'string' ? readResults(source) : source
  const summary = file === undefined ? undefined : await readSummaryIfThere(file)
  const goal = resolveGoal(victim, goalOf(chosen, summary))
  const target = goal.target === undefined ? undefined : victim.labels[goal.target]
  const attack = given ?? (summary && attackOf(summary))
  const judge = new ResultJudge(victim, goal, attack, file)
  const reader = file === undefined || perturbations ? undefined : new PerturbationReader(file)
  const saved = perturbations ?? reader
  const transfers = transfer.map((other) => new Transfer(other, target))
  for (const transfer of transfers) transfer.requireSharedLabel(victim)
  const statistics = new StatisticsBuilder(attack && mostSwapsOf(attack))
  const proof = beginProof(victim)
  let index = 0
  let unjudged = 0
  let differing = 0
  let firstDifference: Difference | undefined
  try {
    for await (const batch of batchesOf(results, batchSize)) {
      // Lets a signal in: rows in memory never wait for anything.
      await setImmediate()
      if (signal?.aborted) throw new InterruptedError(`interrupted after ${index} rows`)
      const claims = []
      for (const claimed of batch) claims.push({ claimed, perturbation: await saved?.find(index++, claimed.row) })
      const rows = judge.judge(claims)
      for (const row of rows) {
        await onRow?.(row)
        if (row.judged === undefined) unjudged++
        else {
          statistics.add(row.judged)
          const difference = differingClaim(row.claimed, row.judged)
          if (difference !== undefined) differing++
          firstDifference ??= difference
        }
      }
      for (const transfer of transfers) transfer.add(rows)
    }
  } finally {
    await reader?.close()
  }
  const readOnlyProof = proof.verify()
  return {
    ...statistics.build(),
    file: file ?? null,
    goal: goal.goal,
    target: target ?? null,
    against: goal.against,
    unjudged,
    differing,
    firstDifference: firstDifference ?? null,
    transfer: transfers.map((transfer) => transfer.build()),
    madeAgainst: madeAgainst(summary, readOnlyProof.before),
    readOnlyProof,
  }
}

function madeAgainst(summary: AttackSummary | undefined, parameters: string): EvaluationReport['madeAgainst'] {
  if (summary === undefined) return null
  return { folder: summary.victim.folder, sameParameters: summary.readOnlyProof.before === parameters }
}

function goalOf(options: GoalOptions, summary: AttackSummary | undefined): GoalOptions {
  const against = options.against ?? summary?.against
  if (options.goal !== undefined || options.target !== undefined) return { ...options, against }
  return { goal: summary?.goal, target: summary?.target ?? undefined, against }
}

/** The attack that a summary names; undefined where it is not one of ours, or its candidate file is gone. */
function attackOf({ attack: { name, options } }: AttackSummary): Attack | undefined {
  const definition = attackDefinitions.find((known) => known.name === name)
  try {
    return definition && createAttack(definition, options)
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}
