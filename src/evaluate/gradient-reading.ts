import { type CsvColumn, formatCsvHeader, formatCsvRows } from '../text/csv.js'
import type { TableFormat } from '../text/rows.js'

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
export const READING_BEGINNING: Readonly<Record<TableFormat, string>> = {
  csv: COLUMNS.map(({ name }) => name).join(','),
  jsonl: '{"row":',
}

/** The header of CSV; JSONL has none. */
export async function readingHeader(format: TableFormat): Promise<string> {
  return format === 'csv' ? formatCsvHeader(COLUMNS) : ''
}

/** Rows of CSV, words and their numbers joined by spaces; or of JSONL, with lists. */
export async function formatReadings(format: TableFormat, readings: readonly GradientReading[]): Promise<string> {
  const records = readings.map(({ gradientNorm, words, saliency, ...rest }) => ({
    ...rest,
    gradient_norm: gradientNorm,
    words,
    saliency: saliency.map((value) => Number(value.toPrecision(9))),
  }))
  if (format === 'jsonl') return records.map((record) => `${JSON.stringify(record)}\n`).join('')
  return formatCsvRows(
    COLUMNS,
    records.map(({ words, saliency, ...rest }) => ({ ...rest, words: words.join(' '), saliency: saliency.join(' ') })),
  )
}
