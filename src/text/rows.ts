import { statSync } from 'node:fs'
import { UserError } from '../base/errors.js'
import { readCsvRecords } from './csv.js'
import { MAX_CELL_CHARACTERS } from './csv-framing.js'
import { readJsonLines } from './json-lines.js'
import { nearestName } from './nearest-name.js'
import { quoted, quotedList } from './quoted.js'

/** A row of CSV or JSONL. */
export interface TextRow {
  /** The row's number in its file: rows of data from 1; a CSV header and blank lines are not counted. */
  readonly row: number
  readonly text: string
  /** Undefined where no label column was asked for, or where it may be missing and is. */
  readonly label?: string
}

/** Which columns of a file of rows are read, and what may be missing. */
export interface ReadRowsOptions {
  /** By default `text`. */
  readonly textColumn?: string
  /** By default labels are not read. */
  readonly labelColumn?: string
  /** Whether a row without a label is an error. By default it is. */
  readonly labelRequired?: boolean
  /** Whether it is one that a CSV file lacks the label column, or the first row of JSONL. By default as `labelRequired`. */
  readonly labelColumnRequired?: boolean
  /** Told once that it is lacking, where that is no error. */
  readonly onNoLabelColumn?: () => void
  /** Whether a CSV file is one of ours, whose cells are guarded against spreadsheets. By default not. */
  readonly guarded?: boolean
  /** Told how many more bytes were read, compressed ones where the file is compressed. */
  readonly onBytes?: (bytes: number) => void
}

export type TableFormat = 'csv' | 'jsonl'

/**
 * The format that a file's ending names: `.csv`, or `.jsonl` and `.ndjson`; each also with `.gz`.
 * @throws UserError for any other ending, a folder, and standard input
 */
export function tableFormat(path: string): TableFormat {
  const bare = path.toLowerCase().replace(/\.gz$/, '')
  if (bare.endsWith('.csv')) return 'csv'
  if (bare.endsWith('.jsonl') || bare.endsWith('.ndjson')) return 'jsonl'
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UserError(`${path}: is a folder, a file ending in .csv or .jsonl is needed`)
  }
  if (path === '-')
    throw new UserError('-: rows are not read from standard input; name a file ending in .csv or .jsonl')
  throw new UserError(`${path}: rows are read from and written to files ending in .csv or .jsonl; rename it`)
}

/**
 * Texts, with their labels where asked for, as they stream in from CSV or JSONL.
 *
 * @throws UserError, with file and row, for every bad input: see `readCsvRecords` and `readJsonLines`; for a column
 *   that is missing, naming those there are; for a text that is too long or holds the character NUL
 */
export async function* readRows(path: string, options: ReadRowsOptions = {}): AsyncGenerator<TextRow, void, undefined> {
  yield* tableFormat(path) === 'csv' ? readCsvRows(path, options) : readJsonRows(path, options)
}

async function* readCsvRows(path: string, options: ReadRowsOptions): AsyncGenerator<TextRow> {
  const { textColumn = 'text', labelColumn, labelRequired = true, guarded, onBytes } = options
  const onColumns = (columns: readonly string[]): void => {
    requireColumn(path, columns, textColumn, '--text-column')
    if (labelColumn === undefined || columns.includes(labelColumn)) return
    if (options.labelColumnRequired ?? labelRequired) requireColumn(path, columns, labelColumn, '--label-column')
    options.onNoLabelColumn?.()
  }
  for await (const { row, record } of readCsvRecords(path, { guarded, onColumns, onBytes })) {
    const text = checkText(path, row, record[textColumn])
    const label = labelColumn === undefined ? undefined : record[labelColumn]
    yield { row, text, label: label === '' && !labelRequired ? undefined : label }
  }
}

function requireColumn(path: string, columns: readonly string[], column: string, flag: string): void {
  if (columns.includes(column)) return
  const nearest = nearestName(column, columns)
  const advice = nearest === undefined ? '' : `; did you mean ${flag} ${quoted(nearest)}?`
  throw new UserError(
    `${path} header: no column ${quoted(column)}; the columns are ${quotedList(columns)}${advice || `; name one with ${flag}`}`,
  )
}

async function* readJsonRows(path: string, options: ReadRowsOptions): AsyncGenerator<TextRow> {
  const { textColumn = 'text', labelColumn, labelRequired = true, onBytes } = options
  for await (const { row, record } of readJsonLines(path, { onBytes })) {
    const value = record[textColumn]
    if (typeof value !== 'string') throw noValue(path, row, record, textColumn, 'a text', '--text-column')
    const text = checkText(path, row, value.replace(/\p{Surrogate}/gu, '\ufffd'))
    if (labelColumn === undefined) yield { row, text }
    else {
      const label = (record[labelColumn] === '' && !labelRequired ? undefined : record[labelColumn]) ?? undefined
      if (row === 1 && !Object.hasOwn(record, labelColumn)) {
        if (options.labelColumnRequired ?? labelRequired)
          throw noValue(path, row, record, labelColumn, 'a label', '--label-column')
        options.onNoLabelColumn?.()
      }
      if (label === undefined ? labelRequired : !isLabel(label))
        throw noValue(path, row, record, labelColumn, 'a label', '--label-column')
      yield { row, text, label: label === undefined ? undefined : String(label) }
    }
  }
}

function isLabel(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function noValue(path: string, row: number, record: object, column: string, what: string, flag: string): UserError {
  const has = Object.hasOwn(record, column)
    ? `is not ${what}`
    : `is missing; there are ${quotedList(Object.keys(record))}; name one with ${flag}`
  return new UserError(`${path} row ${row}: ${quoted(column)} ${has}`)
}

function checkText(path: string, row: number, text: string): string {
  if (text.length > MAX_CELL_CHARACTERS) {
    throw new UserError(`${path} row ${row}: the text has more than ${MAX_CELL_CHARACTERS} characters; shorten it`)
  }
  if (text.includes('\0')) throw new UserError(`${path} row ${row}: the text holds the character NUL; remove it`)
  return text
}
