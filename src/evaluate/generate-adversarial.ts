import { setImmediate } from 'node:timers/promises'
import type { Attack } from '../attacks/attack.js'
import { InterruptedError, UserError } from '../base/errors.js'
import { type Progress, SILENT } from '../base/progress.js'
import type { TensorData } from '../base/safetensors.js'
import type { ModelName } from '../embeddings/model-folder.js'
import type { Unmoved } from '../gradient/proof.js'
import { ensureTensorBackend } from '../gradient/tensorflow.js'
import type { Victim } from '../gradient/victim.js'
import { parseOptions } from '../text/parse-options.js'
import { AttackRun } from './attack-run.js'
import { batchesOf } from './batches.js'
import { beginProof } from './begin-proof.js'
import { EarlierResults } from './files/earlier-results.js'
import { GenerateOptions } from './generate-options.js'
import { resolveGoal } from './goal.js'
import { learned } from './learned.js'
import type { AttackResult } from './result.js'
import { attackerHere } from './rows/batch-attacker.js'
import type { NumberedRow } from './rows/before-attack.js'
import { keptSearches } from './rows/kept-searches.js'
import { radiiOf } from './rows/radii.js'
import { settingsOf } from './run-settings.js'
import { withinEach } from './statistics/curve.js'
import { RunTotals } from './statistics/run-totals.js'
import { mostSwapsOf, StatisticsBuilder } from './statistics/statistics.js'
import type { AttackSummary } from './summary.js'
import { inOrder } from './workers/in-order.js'
import { WorkerPool } from './workers/worker-pool.js'

/** A text to attack. `row` is its number in the input; without one the rows are counted from 1. */
export interface InputRow {
  readonly row?: number
  readonly text: string
  /** The ground truth, a label of the victim. */
  readonly label?: string
}

/** Takes the perturbation of each row, in order. */
export interface PerturbationSink {
  /** So many first rows have theirs saved already, by a run that was interrupted. */
  readonly kept: number
  /** `perturbation` [C, D]; undefined for a row without one. */
  add(row: number, perturbation: TensorData | undefined): Promise<void>
}

/** What the run is told, and whom it tells, besides its options. */
export interface GenerateContext {
  /** Name of the rows' file, for errors and the summary. */
  readonly source?: string
  /** The victim's folder, for the summary. */
  readonly model?: ModelName
  /** Stops the run before the next batch, with an InterruptedError. */
  readonly signal?: AbortSignal
  /** Told what a person should know of the run: words of a candidate file that are unknown, and the like. */
  readonly progress?: Progress
  /**
   * Results of the first rows, from a run that was interrupted: they are counted in the summary and not given again.
   * The run goes on with the next row, in the batches in which it would have gone on undisturbed.
   */
  readonly resume?: Iterable<AttackResult> | AsyncIterable<AttackResult>
  readonly perturbations?: PerturbationSink
}

/**
 * Attacks rows, judges each anew, and gives one result for each row, in order; the summary is the generator's return
 * value. The same rows, attack, options and seed give the same results, with any number of workers, and whatever the
 * batch size (on TensorFlow's own library, where one row is summed in another order than several, but for rounding). No
 * row is lost: one that is wrong before the attack, already at the target, or without a known word is `Skipped`.
 *
 * Every parameter of the victim is hashed before and after, in each thread; the run fails where a bit moved.
 *
 * @throws UserError for an option that is unknown or has no good value, a label the victim does not know, a goal that
 *   contradicts itself, logits that are not finite, rows that are not those of `resume`, a victim that has changed
 *   since its engine copied it, or a victim or an attack of the caller's own where there are several workers
 * @throws InterruptedError when the signal fires
 * @throws Error when a parameter moved, or the attack gives what does not fit its row: a defect
 */
export async function* generateAdversarial(
  victim: Victim,
  given: Attack,
  input: Iterable<InputRow> | AsyncIterable<InputRow>,
  options: GenerateOptions & GenerateContext = {},
): AsyncGenerator<AttackResult, AttackSummary> {
  const { source, model, signal, perturbations, resume = [], progress = SILENT, ...asked } = options
  const chosen = parseOptions(GenerateOptions, asked, 'generateAdversarial')
  await ensureTensorBackend()
  const goal = resolveGoal(victim, chosen)
  const { seed, batchSize, limit, queries, snap, workers } = chosen
  const epsilons = radiiOf(victim.embeddings, given, chosen)
  if (snap && given.kind === 'words') throw new UserError(`attack ${given.name} gives words already; leave --snap out`)
  const note = (line: string) => progress.note(line)
  // Before an attack learns: that reads the victim too.
  const proof = beginProof(victim)
  const { attack, rows } = await learned(victim, given, numbered(input), goal, epsilons, { seed, source, limit, note })
  const within = withinEach(attack, epsilons)
  const own = { seed, source, note, snap, queries }
  const statistics = new StatisticsBuilder(mostSwapsOf(attack))
  const totals = new RunTotals(within, snap)
  const earlier = new EarlierResults(resume, source)
  // A curve of several points, and what snapping loses, stand in no row: they are made again for rows of an interrupted
  // run. So is the bound of a curve's only point where no flip exists at all: that stands in no row either.
  const needsAllRows = epsilons.length > 1 || snap
  const lacksBound = ({ resultType, exactMinimum }: AttackResult) =>
    resultType !== 'Skipped' && exactMinimum === undefined && victim.linear !== undefined
  const hasCurve = within.some(({ epsilon }) => epsilon !== undefined)
  let unmoved: Unmoved
  const attacker =
    workers > 1
      ? new WorkerPool(victim, attack, goal, epsilons, own, workers)
      : attackerHere(new AttackRun(victim, attack, goal, epsilons, { ...own, searches: keptSearches(victim, proof) }))
  let unseen = 0
  let done = 0
  try {
    for await (const { known, saved, attacked, rows: count } of inOrder(batches(), attacker.atOnce, attackBatch)) {
      for (const result of known) statistics.add(result)
      if (attacked === undefined) {
        unseen += count
        for (const result of known) totals.addResult(result)
      } else {
        for (const [i, row] of attacked.entries()) {
          totals.add(row)
          if (i >= saved) await perturbations?.add(row.result.row, row.perturbation)
          if (i < known.length) continue
          statistics.add(row.result)
          yield row.result
        }
      }
      done += count
    }
    await attacker.verify()
  } finally {
    await attacker.close()
    unmoved = proof.verify()
  }
  return {
    ...statistics.build(),
    ...settingsOf(victim, within[within.length - 1].attack, goal, chosen, { source, model }),
    // An attack on embeddings has no candidates to drop.
    ...totals.build(unseen === 0 || attack.kind === 'continuous'),
    readOnlyProof: unmoved,
  }

  async function* batches(): AsyncGenerator<Batch> {
    let begun = 0
    for await (const batch of batchesOf(rows, batchSize, limit)) {
      // Lets a signal in: rows in memory never wait for anything.
      await setImmediate()
      if (signal?.aborted) throw new InterruptedError(`interrupted after ${done} rows`)
      const known = await earlier.take(batch)
      const saved = perturbations === undefined ? known.length : perturbations.kept - begun
      yield { batch, known, saved }
      begun += batch.length
    }
  }

  async function attackBatch({ batch, known, saved }: Batch) {
    const isKnown = Math.min(known.length, saved) >= batch.length && !(hasCurve && known.some(lacksBound))
    const isWanted = needsAllRows || !isKnown
    return { known, saved, rows: batch.length, attacked: isWanted ? await attacker.attack(batch) : undefined }
  }
}

/** Rows that are attacked together. */
interface Batch {
  readonly batch: readonly NumberedRow[]
  /** Results of the first of them, from an interrupted run. */
  readonly known: readonly AttackResult[]
  /** How many of the first have their perturbation saved. */
  readonly saved: number
}

async function* numbered(rows: Iterable<InputRow> | AsyncIterable<InputRow>): AsyncGenerator<NumberedRow> {
  let count = 0
  for await (const { row, text, label } of rows) {
    count++
    yield { row: row ?? count, text, label }
  }
}
