import { z } from 'zod'
import { UserError } from '../../base/errors.js'
import { refuseOtherFile } from '../../base/own-file.js'
import { type CsvColumn, formatCsvHeader, formatCsvRows, readCsvRecords } from '../../text/csv.js'
import { formatJsonLines, readJsonLines } from '../../text/json-lines.js'
import type { TableFormat } from '../../text/rows.js'
import { formatOfRows, type RowKind } from '../files/row-writer.js'
import { refuseOtherThanSummary } from '../files/summary-file.js'

/** What is read of a row. */
export interface GradientReading {
  /** Number of the input row, from 1. */
  readonly row: number
  readonly text: string
  /** The label as given. */
  readonly label?: string
  /** Undefined without a known word, as the next two. */
  readonly predicted?: string
  readonly loss?: number
  /** L2 norm of the gradient with respect to the whole embedded input. */
  readonly gradientNorm?: number
  /** The known words, [C]. */
  readonly words: readonly string[]
  /** How much each of them matters, [C]. */
  readonly saliency: readonly number[]
}

const COLUMNS: readonly CsvColumn[] = [
  { name: 'row', kind: 'number' },
  { name: 'text', kind: 'text' },
  { name: 'label', kind: 'text' },
  { name: 'predicted', kind: 'text' },
  { name: 'loss', kind: 'number' },
  { name: 'gradient_norm', kind: 'number' },
  { name: 'words', kind: 'text' },
  { name: 'saliency', kind: 'text' },
]

/** How a file of ours begins, by which it is told from others. */
const BEGINNING: Readonly<Record<TableFormat, string>> = {
  csv: COLUMNS.map(({ name }) => name).join(','),
  jsonl: '{"row":',
}

/** What is read again of a row that is written: of which row it is, and whether that has a known word. */
export type WrittenReading = Pick<GradientReading, 'row' | 'text' | 'label' | 'predicted'>

/** The rows of `read-gradients`. */
export const READINGS: RowKind<GradientReading, WrittenReading> = {
  name: 'gradients',
  header: async (format) => (format === 'csv' ? formatCsvHeader(COLUMNS) : ''),
  format: formatReadings,
  read: readReadings,
  refuseOther: async (path) => {
    const beginning = BEGINNING[formatOfRows(path, READINGS.name)]
    await refuseOtherFile(path, READINGS.name, (begins) => begins.startsWith(beginning))
    await refuseOtherThanSummary(path)
  },
}

const Written = z.object({
  row: z.coerce.number().int(),
  text: z.string(),
  label: z.string().optional(),
  predicted: z.string().optional(),
})

async function* readReadings(format: TableFormat, path: string): AsyncGenerator<WrittenReading, void, undefined> {
  const records = format === 'csv' ? readCsvRecords(path, { guarded: true }) : readJsonLines(path)
  for await (const { row, record } of records) {
    const { success, data } = Written.safeParse(record)
    if (!success) throw new UserError(`${path} row ${row}: is no row of read-gradients; begin anew with --force`)
    // CSV has no sign for nothing but an empty cell.
    yield format === 'csv' ? { ...data, label: data.label || undefined, predicted: data.predicted || undefined } : data
  }
}

/** Rows of CSV, words and their numbers joined by spaces; or of JSONL, with lists. */
async function formatReadings(format: TableFormat, readings: readonly GradientReading[]): Promise<string> {
  const records = readings.map(({ gradientNorm, words, saliency, ...rest }) => ({
    ...rest,
    gradient_norm: gradientNorm,
    words,
    saliency: saliency.map((value) => Number(value.toPrecision(9))),
  }))
  if (format === 'jsonl') return formatJsonLines(records)
  return formatCsvRows(
    COLUMNS,
    records.map(({ words, saliency, ...rest }) => ({ ...rest, words: words.join(' '), saliency: saliency.join(' ') })),
  )
}
