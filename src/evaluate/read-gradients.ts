import { setImmediate } from 'node:timers/promises'
import type { z } from 'zod'
import { AtomicFile } from '../base/atomic-files.js'
import { InterruptedError, UserError } from '../base/errors.js'
import { refuseOtherFile } from '../base/own-file.js'
import { type Progress, SILENT } from '../base/progress.js'
import type { TensorData } from '../base/safetensors.js'
import { embed } from '../gradient/embed.js'
import { lossGradient } from '../gradient/loss-gradient.js'
import { predictedLabel } from '../gradient/prediction.js'
import { ReadOnlyProof, type Unmoved } from '../gradient/proof.js'
import { saliency } from '../gradient/saliency/saliency.js'
import { ensureTensorBackend } from '../gradient/tensorflow.js'
import type { EncodedText, Victim } from '../gradient/victim.js'
import { type TableFormat, tableFormat } from '../text/rows.js'
import { batchesOf } from './batches.js'
import { nameOfRow } from './before-attack.js'
import type { InputRow } from './generate-adversarial.js'
import { labelNumbered } from './goal.js'
import { formatReadings, type GradientReading, READING_BEGINNING, readingHeader } from './gradient-reading.js'
import { ReadGradientsOptions } from './read-gradients-options.js'
import { removeShards, ShardWriter } from './tensor-shards.js'

export interface ReadGradientsContext {
  /** Name of the rows' file, for errors. */
  readonly source?: string
  readonly progress?: Progress
  readonly signal?: AbortSignal
}

export interface ReadGradientsSummary {
  readonly rows: number
  /** Rows without a known word: nothing is read of them. */
  readonly skipped: number
  readonly readOnlyProof: Unmoved
}

/**
 * Reads the loss gradient of rows as they stream by, and writes one row for each, in order, as CSV or JSONL by the ending of
 * `output`: the loss at its label (the model's own prediction where it has none), the norm of its gradient, and how much
 * each known word matters. The file appears whole or not at all. With `saveGradients` the gradients, [C, D] each, are saved
 * beside it, in safetensors files of 10,000 rows.
 * @throws UserError for a path of another ending or that holds something else, and, with file and row, for a label that
 *   the model does not know and for a loss or saliency that is not finite
 * @throws InterruptedError when the signal fires
 * @throws Error when a parameter moved: a defect
 */
export async function readGradientsToFile(
  victim: Victim,
  rows: Iterable<InputRow> | AsyncIterable<InputRow>,
  output: string,
  options: z.input<typeof ReadGradientsOptions> & ReadGradientsContext = {},
): Promise<ReadGradientsSummary> {
  const { source, progress = SILENT, signal } = options
  const chosen = ReadGradientsOptions.parse(options)
  const format = formatOf(output)
  if (!chosen.force)
    await refuseOtherFile(output, 'gradients', (begins) => begins.startsWith(READING_BEGINNING[format]))
  await ensureTensorBackend()
  const proof = new ReadOnlyProof(victim)
  const file = await AtomicFile.open(output)
  const shards = chosen.saveGradients ? await ShardWriter.open(output, { kind: 'gradients' }) : undefined
  let done = 0
  let skipped = 0
  progress.start('reading gradients', undefined, 'rows')
  try {
    await file.write(await readingHeader(format))
    for await (const batch of batchesOf(rows, chosen.batchSize, chosen.limit)) {
      // Lets a signal in: rows in memory never wait for anything.
      await setImmediate()
      if (signal?.aborted) throw new InterruptedError(`interrupted after ${done} rows; nothing is written`)
      const numbered = batch.map((row, i) => ({ ...row, row: row.row ?? done + i + 1 }))
      const readings = readBatch(victim, numbered, chosen, source)
      await file.write(
        await formatReadings(
          format,
          readings.map(({ reading }) => reading),
        ),
      )
      for (const { reading, gradient } of readings) await shards?.add(reading.row, gradient)
      skipped += readings.filter(({ gradient }) => gradient === undefined).length
      progress.update((done += batch.length))
    }
    const readOnlyProof = proof.verify()
    await (shards === undefined ? removeShards(output, 0, 'gradients') : shards.commit())
    await file.commit()
    return { rows: done, skipped, readOnlyProof }
  } finally {
    progress.stop()
    await shards?.abandon()
    await file.abandon()
  }
}

function formatOf(path: string): TableFormat {
  if (/\.(gz|zst)$/i.test(path))
    throw new UserError(`${path}: gradients are not compressed; name a .csv or .jsonl file`)
  return tableFormat(path)
}

type NumberedInput = InputRow & { readonly row: number }

function readBatch(
  victim: Victim,
  rows: readonly NumberedInput[],
  options: ReadGradientsOptions,
  source: string | undefined,
): Read[] {
  const given = rows.map(({ label, row }) =>
    label === undefined ? undefined : labelNumbered(victim, label, nameOfRow(source, row)),
  )
  const encoded = rows.map(({ text }) => victim.encode(text))
  const known = [...rows.keys()].filter((index) => encoded[index].ids.length > 0)
  const read = known.length === 0 ? [] : readKnown(victim, known, encoded, given, options)
  const readings = rows.map(
    ({ row, text, label }): Read => ({ reading: { row, text, label, words: [], saliency: [] } }),
  )
  known.forEach((index, i) => {
    const { gradient, ...values } = read[i]
    if (![values.loss, values.gradientNorm, ...values.saliency].every(Number.isFinite)) {
      const place = nameOfRow(source, rows[index].row)
      throw new UserError(`${place}: the loss or its gradient is not finite; look at the weights`)
    }
    readings[index] = { reading: { ...readings[index].reading, ...values }, gradient }
  })
  return readings
}

/** A row to write, and its gradient [C, D] where it has a known word. */
interface Read {
  readonly reading: GradientReading
  readonly gradient?: TensorData
}

function readKnown(
  victim: Victim,
  known: readonly number[],
  encoded: readonly EncodedText[],
  given: readonly (number | undefined)[],
  { objective, saliency: method, scalar, steps }: ReadGradientsOptions,
) {
  const K = victim.labels.length
  const { vocabulary } = victim.embeddings
  const batch = embed(
    victim.embeddings,
    known.map((index) => encoded[index].ids),
  )
  const { offsets, dimensions: D } = batch
  const logits = victim.logits(batch)
  const predicted = known.map((_, i) => predictedLabel(logits.subarray(i * K, (i + 1) * K)))
  const labels = Int32Array.from(known, (index, i) => given[index] ?? predicted[i])
  const { loss, gradient } = lossGradient(victim, batch, labels, objective)
  const scores = saliency(victim, batch, labels, { method, scalar, steps })
  return known.map((index, i) => {
    const values = gradient.slice(offsets[i] * D, offsets[i + 1] * D)
    return {
      predicted: victim.labels[predicted[i]],
      loss: loss[i],
      gradientNorm: Math.sqrt(values.reduce((sum, g) => sum + g * g, 0)),
      words: Array.from(encoded[index].ids, (id) => vocabulary.words[id]),
      saliency: [...scores.subarray(offsets[i], offsets[i + 1])],
      gradient: { values, shape: [values.length / D, D] },
    }
  })
}
