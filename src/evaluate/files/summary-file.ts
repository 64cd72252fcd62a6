import { readFile } from 'node:fs/promises'
import type { z } from 'zod'
import { writeFileAtomically } from '../../base/atomic-files.js'
import { fileError, UserError } from '../../base/errors.js'
import { refuseOtherFile } from '../../base/own-file.js'
import { holdsSomething } from './standing-files.js'

/** Where the summary of a file of rows stands. */
export const summaryPath = (rowFile: string): string => `${rowFile}.summary.json`

/** What every summary begins with, by which it is known again. */
const SUMMARY_BEGINNING = '{\n  "rows": '

/** Writes `ROW_FILE.summary.json`; it appears whole or not at all. */
export async function writeSummary(rowFile: string, summary: { readonly rows: number }): Promise<void> {
  const { rows, ...rest } = summary
  await writeFileAtomically(summaryPath(rowFile), `${JSON.stringify({ rows, ...rest }, null, 2)}\n`)
}

/** Whether something stands where the summary would. */
export function hasSummary(rowFile: string): Promise<boolean> {
  return holdsSomething(summaryPath(rowFile))
}

/**
 * Reads `ROW_FILE.summary.json`.
 * @param writer the command that writes it, for errors
 * @throws UserError when it is missing, cut, or another summary
 */
export async function readSummaryOf<Schema extends z.ZodType>(
  schema: Schema,
  rowFile: string,
  writer: string,
): Promise<z.output<Schema>> {
  const path = summaryPath(rowFile)
  const text = await readFile(path, 'utf8').catch((error) => {
    throw fileError(error, path)
  })
  const parsed = schema.safeParse(parseJson(text, path, writer))
  if (parsed.success) return parsed.data
  const [{ path: field, message }] = parsed.error.issues
  throw new UserError(`${path}: is no summary of ${writer} (${field.join('.')}: ${message}); make it again with that`)
}

function parseJson(text: string, path: string, writer: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UserError(`${path}: not JSON; make it again with ${writer}`, { cause: error })
  }
}

/**
 * Refuses a file of rows beside which something else stands than a summary.
 * @throws UserError that names the file
 */
export async function refuseOtherThanSummary(rowFile: string): Promise<void> {
  await refuseOtherFile(summaryPath(rowFile), 'a summary', (begins) => begins.startsWith(SUMMARY_BEGINNING))
}
