import { UserError } from '../../base/errors.js'
import { formatCsvHeader, formatCsvRows, readCsvRecords } from '../../text/csv.js'
import { formatJsonLines, readJsonLines } from '../../text/json-lines.js'
import { type TableFormat, tableFormat } from '../../text/rows.js'
import type { AttackResult } from '../result.js'
import { RESULT_COLUMNS, recordOf, resultOfRecord } from './result-columns.js'

/**
 * The rows of a result file, as they stream in; its ending says whether it is CSV or JSONL.
 * @throws UserError that names the file and the row where it is not what `generate-adversarial` writes
 */
export async function* readResults(path: string): AsyncGenerator<AttackResult, void, undefined> {
  yield* readResultsAs(tableFormat(path), path)
}

/** The same for a file whose ending does not say what it is. */
export async function* readResultsAs(format: TableFormat, path: string): AsyncGenerator<AttackResult, void, undefined> {
  const records = format === 'csv' ? readCsvRecords(path, { guarded: true, onColumns }) : readJsonLines(path)
  for await (const { row, record } of records) yield resultOfRecord(record, `${path} row ${row}`)

  function onColumns(columns: readonly string[]): void {
    const missing = RESULT_COLUMNS.find(({ name }) => !columns.includes(name))
    if (missing === undefined) return
    throw new UserError(`${path}: no column ${missing.name}; a result file of generate-adversarial is needed`)
  }
}

/** What a result file begins with; nothing in JSONL. */
export async function formatResultHeader(format: TableFormat): Promise<string> {
  return format === 'csv' ? formatCsvHeader(RESULT_COLUMNS) : ''
}

/** Result rows as they stand in a file, each with its line feed. */
export async function formatResults(format: TableFormat, results: readonly AttackResult[]): Promise<string> {
  const records = results.map(recordOf)
  return format === 'csv' ? formatCsvRows(RESULT_COLUMNS, records) : formatJsonLines(records)
}
