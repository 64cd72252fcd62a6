import { setImmediate } from 'node:timers/promises'
import { InterruptedError } from '../base/errors.js'
import { type Progress, SILENT } from '../base/progress.js'
import { versionsInUse } from '../base/versions.js'
import { backendInUse, ensureTensorBackend } from '../gradient/tensorflow.js'
import type { Victim } from '../gradient/victim.js'
import { parseOptions } from '../text/parse-options.js'
import { batchesOf } from './batches.js'
import { beginProof } from './begin-proof.js'
import { engineInUse } from './engine-in-use.js'
import { EarlierReadings } from './files/earlier-readings.js'
import { finishedRun } from './files/finished-run.js'
import { leaveRun } from './files/leave-run.js'
import { RowWriter } from './files/row-writer.js'
import { differingSetting } from './files/settings-difference.js'
import { writeSummary } from './files/summary-file.js'
import { removeInterruptedShards, removeShards, ShardWriter } from './files/tensor-shards.js'
import type { InputRow } from './generate-adversarial.js'
import { READINGS } from './gradients/gradient-reading.js'
import { readGradientBatch } from './gradients/read-gradient-batch.js'
import { ReadGradientsOptions, type ReadGradientsSettings } from './read-gradients-options.js'
import { type ReadGradientsSummary, readGradientsSummaryIfThere } from './read-gradients-summary.js'

/** What the run is told, and whom it tells, besides its options. */
export interface ReadGradientsContext {
  /** Name of the rows' file, for errors. */
  readonly source?: string
  readonly progress?: Progress
  readonly signal?: AbortSignal
}

/**
 * Reads the loss gradient of rows as they stream by, and writes one row for each, in order, as CSV or JSONL by the ending of
 * `output`: the loss at its label (the model's own prediction where it has none), the norm of its gradient, and how much
 * each known word matters; `output.summary.json` stands beside. The files appear whole or not at all. With `saveGradients`
 * the gradients, [C, D] each, are saved beside too, in safetensors files of 10,000 rows. A run that was killed at any moment
 * and is resumed gives the same bytes as one that was not; where it is finished already, with these settings, nothing is done.
 * @returns what stands in the summary
 * @throws UserError for an option that is unknown or has no good value, a path of another ending or that holds finished
 *   gradients or something else, an interrupted run that is not to be resumed or was begun with other settings or rows, and,
 *   with file and row, for a label that the model does not know and for a loss or saliency that is not finite
 * @throws InterruptedError when the signal fires
 * @throws Error when a parameter moved: a defect
 */
export async function readGradientsToFile(
  victim: Victim,
  rows: Iterable<InputRow> | AsyncIterable<InputRow>,
  output: string,
  options: ReadGradientsOptions & ReadGradientsContext = {},
): Promise<ReadGradientsSummary> {
  const { source, progress = SILENT, signal, ...asked } = options
  const chosen = parseOptions(ReadGradientsOptions, asked, 'readGradientsToFile')
  const { resume, force, saveGradients } = chosen
  await ensureTensorBackend()
  const proof = beginProof(victim)
  if (!force) {
    const finished = await finishedReadings(output, chosen, source, proof.before)
    if (finished !== undefined) {
      progress.note(`${output}: is finished, with these very settings`)
      return finished
    }
  }
  const settings = settingsThatMatter(chosen, proof.before)
  const writer = await RowWriter.open(output, READINGS, { settings, resume, force })
  let shards: ShardWriter | undefined
  let done = 0
  let skipped = 0
  progress.start('reading gradients', undefined, 'rows')
  try {
    if (saveGradients) shards = await ShardWriter.open(output, { kind: 'gradients', resume: writer.kept > 0 })
    const earlier = new EarlierReadings(writer.earlier(), source)
    const saved = shards?.kept ?? Number.POSITIVE_INFINITY
    for await (const batch of batchesOf(rows, chosen.batchSize, chosen.limit)) {
      // Lets a signal in: rows in memory never wait for anything.
      await setImmediate()
      if (signal?.aborted) throw new InterruptedError(`interrupted after ${done} rows; nothing is written`)
      const numbered = batch.map((row, i) => ({ ...row, row: row.row ?? done + i + 1 }))
      const known = await earlier.take(numbered)
      skipped += known.filter(({ predicted }) => predicted === undefined).length
      if (Math.min(done + known.length, saved) < done + batch.length) {
        for (const [i, { reading, gradient }] of readGradientBatch(victim, numbered, chosen, source).entries()) {
          if (done + i >= saved) await shards?.add(reading.row, gradient)
          if (i < known.length) continue
          await writer.write(reading)
          if (gradient === undefined) skipped++
        }
      }
      progress.update((done += batch.length))
    }
    await earlier.requireEnd(done)
    const summary = {
      rows: done,
      skipped,
      settings: settingsOf(chosen, source),
      readOnlyProof: proof.verify(),
      ...engineInUse(victim),
      versions: { ...versionsInUse() },
    }
    if (shards === undefined) {
      await removeShards(output, 0, 'gradients')
      await removeInterruptedShards(output, 0, 'gradients')
    } else await shards.commit()
    await writeSummary(output, summary)
    await writer.commit()
    return summary
  } catch (error) {
    return await leaveRun(error, output, Math.max(done, writer.kept), resume, [writer, shards])
  } finally {
    progress.stop()
  }
}

/** What must be equal for a run to be gone on with: all that its rows depend on but the rows, which are compared. */
function settingsThatMatter(chosen: ReadGradientsSettings, model: string) {
  const { batchSize, limit, resume, force, ...rest } = chosen
  return { ...rest, version: versionsInUse()['cbow-adversarial'], ...backendInUse(), model }
}

/** The summary of gradients that stand finished at `output`, where this very run is to be gone on with (`finishedRun`). */
async function finishedReadings(
  output: string,
  chosen: ReadGradientsSettings,
  source: string | undefined,
  model: string,
): Promise<ReadGradientsSummary | undefined> {
  await READINGS.refuseOther(output)
  return finishedRun(output, READINGS.name, chosen.resume, {
    read: () => readGradientsSummaryIfThere(output),
    async differing({ settings, readOnlyProof }) {
      const wanted = { ...settingsOf(chosen, source), model }
      return differingSetting({ ...settings, model: readOnlyProof.before }, wanted)
    },
  })
}

/** What of the options stands in a summary. */
function settingsOf(chosen: ReadGradientsSettings, source: string | undefined): ReadGradientsSummary['settings'] {
  const { objective, saliency, scalar, steps, saveGradients, limit = null } = chosen
  return { objective, saliency, scalar, steps, saveGradients, limit, source: source ?? null }
}
