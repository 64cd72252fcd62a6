import { pipeline } from 'node:stream'
import { parse, writeToString } from 'fast-csv'
import { UserError } from '../base/errors.js'
import { CsvFramer } from './csv-framing.js'
import { quotedList } from './quoted.js'
import { nameOf, readText } from './read-text.js'
import { guardCell, unguardCell } from './spreadsheet-guard.js'

export interface CsvRecord {
  /** The row's number: rows of data from 1; the header and blank lines are not counted. */
  readonly row: number
  /** The cells by the names of their columns. */
  readonly record: Readonly<Record<string, string>>
}

export interface ReadCsvOptions {
  /** Whether the file is one of ours, whose cells are guarded against spreadsheets. By default not. */
  readonly guarded?: boolean
  /** Told the columns before the first row, also where no row follows. What it throws ends the reading. */
  readonly onColumns?: (columns: readonly string[]) => void
  /** Told how many more bytes were read. */
  readonly onBytes?: (bytes: number) => void
}

/**
 * The rows of a CSV file (also `.gz`), as they stream in: RFC 4180, with a header; any line ends; a byte-order mark is
 * left out. Memory is bounded whatever the file holds.
 *
 * @throws UserError, with file and row: no header, a column twice, a row with too few or too many cells, a broken
 *   quote, a cell or row that is too large, bytes that are not UTF-8, a file that cannot be read
 */
export async function* readCsvRecords(
  path: string,
  options: ReadCsvOptions = {},
): AsyncGenerator<CsvRecord, void, undefined> {
  const name = nameOf(path)
  const parser = parse({ headers: false })
  // An error of the file destroys the parser with it, and so reaches the loop.
  pipeline(frame(path, name, options.onBytes), parser, () => {})
  let columns: readonly string[] | undefined
  let row = 0
  for await (const parsed of parser) {
    const cells: readonly string[] = parsed
    if (cells.length === 0) continue
    if (columns === undefined) {
      columns = checkColumns(name, cells)
      options.onColumns?.(columns)
      continue
    }
    row++
    checkLength(name, row, cells, columns)
    const values = options.guarded ? cells.map(unguardCell) : cells
    yield { row, record: Object.fromEntries(columns.map((column, index) => [column, values[index]])) }
  }
  if (columns === undefined) throw new UserError(`${name}: is empty; a CSV file begins with the names of its columns`)
}

async function* frame(path: string, name: string, onBytes: ReadCsvOptions['onBytes']): AsyncGenerator<string> {
  const framer = new CsvFramer(name)
  for await (const text of readText(path, { onBytes, place: () => framer.place })) {
    const records = framer.push(text)
    // fast-csv takes U+FEFF off the start of every piece it is given: a blank line before keeps a cell's own.
    if (records !== '') yield `\n${records}`
  }
  yield `\n${framer.end()}`
}

function checkColumns(name: string, columns: readonly string[]): readonly string[] {
  const twice = columns.find((column, index) => column !== '' && columns.indexOf(column) !== index)
  if (twice === undefined) return columns
  throw new UserError(`${name} header: ${quotedList([twice])} names two columns; rename one`)
}

function checkLength(name: string, row: number, cells: readonly string[], columns: readonly string[]): void {
  if (cells.length === columns.length) return
  const advice = cells.length > columns.length ? 'quote a cell that holds a comma' : 'give the row as many'
  const cellsHere = `${cells.length} cell${cells.length === 1 ? '' : 's'}`
  throw new UserError(`${name} row ${row}: ${cellsHere}, but the header has ${columns.length}; ${advice}`)
}

/** A column of a file we write. Text is quoted and guarded, a number is neither. */
export interface CsvColumn {
  readonly name: string
  readonly kind: 'text' | 'number'
}

export type CsvValue = string | number | undefined

/** The header line, with its line feed. */
export function formatCsvHeader(columns: readonly CsvColumn[]): Promise<string> {
  return writeToString([columns.map(({ name }) => name)], { headers: false, includeEndRowDelimiter: true })
}

/**
 * Rows of CSV, each with its line feed. Undefined gives an empty cell. A text cell is always quoted, as TextAttack does
 * it: so white space, line ends and a byte-order mark at its start survive every reader.
 *
 * @param records values by the columns' names
 * @throws UserError for a text that holds the character NUL, which CSV does not carry
 * @throws RangeError for a number that is not finite
 */
export function formatCsvRows(
  columns: readonly CsvColumn[],
  records: readonly Readonly<Record<string, CsvValue>>[],
): Promise<string> {
  if (records.length === 0) return Promise.resolve('')
  return writeToString(
    records.map((record) => columns.map((column) => formatCell(column, record[column.name]))),
    { headers: false, quoteColumns: columns.map(({ kind }) => kind === 'text'), includeEndRowDelimiter: true },
  )
}

function formatCell({ name, kind }: CsvColumn, value: CsvValue): string {
  if (value === undefined) return ''
  if (kind === 'number') {
    if (!Number.isFinite(value)) throw new RangeError(`${name} is ${value}`)
    return String(value)
  }
  const text = String(value)
  if (text.includes('\0'))
    throw new UserError(`column ${name}: a text holds the character NUL; remove it, or write JSONL`)
  return guardCell(text)
}
