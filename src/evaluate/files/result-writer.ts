import { refuseOtherFile } from '../../base/own-file.js'
import type { AttackResult } from '../result.js'
import { formatResultHeader, formatResults, readResultsAs } from './result-file.js'
import { formatOfRows, type RowKind, RowWriter, type RowWriterOptions } from './row-writer.js'
import { refuseOtherThanSummary } from './summary-file.js'

const RESULTS: RowKind<AttackResult, AttackResult> = {
  name: 'results',
  header: formatResultHeader,
  format: formatResults,
  read: readResultsAs,
  refuseOther: refuseOtherThanResults,
}

/**
 * Opens a result file for writing.
 * @throws as `RowWriter.open`
 */
export function openResultWriter(path: string, options: RowWriterOptions) {
  return RowWriter.open(path, RESULTS, options)
}

/**
 * Refuses a path where something else stands than results, and their summary beside them.
 * @throws UserError that names the file
 */
export async function refuseOtherThanResults(path: string): Promise<void> {
  const beginning = (await formatResultHeader(formatOfRows(path, RESULTS.name))) || '{"original_text":'
  await refuseOtherFile(path, 'attack results', (begins) => begins.startsWith(beginning))
  await refuseOtherThanSummary(path)
}
