import { UserError } from '../../base/errors.js'
import type { TensorData } from '../../base/safetensors.js'
import { embed } from '../../gradient/embed.js'
import { predictedLabel } from '../../gradient/prediction.js'
import { saliency } from '../../gradient/saliency/saliency.js'
import { textGradient } from '../../gradient/text-gradient.js'
import type { EncodedText, Victim } from '../../gradient/victim.js'
import { labelNumbered } from '../goal.js'
import type { ReadGradientsSettings } from '../read-gradients-options.js'
import { type NumberedRow, nameOfRow } from '../rows/before-attack.js'
import type { GradientReading } from './gradient-reading.js'

/** A row to write, and its gradient [C, D] where it has a known word. */
export interface RowGradient {
  readonly reading: GradientReading
  readonly gradient?: TensorData
}

/**
 * Reads rows together: what is written of each, in order.
 * @throws UserError, with file and row, for an unknown label and for numbers that are not finite
 */
export function readGradientBatch(
  victim: Victim,
  rows: readonly NumberedRow[],
  options: ReadGradientsSettings,
  source: string | undefined,
): RowGradient[] {
  const given = rows.map(({ label, row }) =>
    label === undefined ? undefined : labelNumbered(victim, label, nameOfRow(source, row)),
  )
  const encoded = rows.map(({ text }) => victim.encode(text))
  const known = [...rows.keys()].filter((index) => encoded[index].ids.length > 0)
  const read = known.length === 0 ? [] : readKnown(victim, known, encoded, given, options)
  const readings = rows.map(
    ({ row, text, label }): RowGradient => ({ reading: { row, text, label, words: [], saliency: [] } }),
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

function readKnown(
  victim: Victim,
  known: readonly number[],
  encoded: readonly EncodedText[],
  given: readonly (number | undefined)[],
  { objective, saliency: method, scalar, steps }: ReadGradientsSettings,
) {
  const K = victim.labels.length
  const { vocabulary } = victim.embeddings
  const ids = known.map((index) => encoded[index].ids)
  const batch = embed(victim.embeddings, ids)
  const { offsets, dimensions: D } = batch
  const logits = victim.logits(batch)
  const predicted = known.map((_, i) => predictedLabel(logits.subarray(i * K, (i + 1) * K)))
  const labels = Int32Array.from(known, (index, i) => given[index] ?? predicted[i])
  const { loss, gradient } = textGradient(victim, ids, batch, labels, objective)
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
