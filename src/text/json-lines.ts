import { z } from 'zod'
import { UserError } from '../base/errors.js'
import { MAX_RECORD_CHARACTERS } from './csv-framing.js'
import { nameOf, readText } from './read-text.js'

export interface JsonRecord {
  /** The row's number: from 1; blank lines are not counted. */
  readonly row: number
  readonly record: Readonly<Record<string, unknown>>
}

const JsonObject = z.record(z.string(), z.unknown())

/**
 * The rows of a JSONL file (also `.gz`), as they stream in: one JSON object a line.
 *
 * @throws UserError, with file and row: a line that is no JSON object or is too long, bytes that are not UTF-8, a file
 *   that cannot be read
 */
export async function* readJsonLines(
  path: string,
  options: { readonly onBytes?: (bytes: number) => void } = {},
): AsyncGenerator<JsonRecord, void, undefined> {
  const name = nameOf(path)
  let row = 1
  let rest = ''
  for await (const text of readText(path, { onBytes: options.onBytes, place: () => `row ${row}` })) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (/\S/.test(line)) yield { row, record: parseLine(name, row++, line) }
    if (rest.length > MAX_RECORD_CHARACTERS) {
      throw new UserError(`${name} row ${row}: more than ${MAX_RECORD_CHARACTERS} characters; shorten it`)
    }
  }
  if (/\S/.test(rest)) yield { row, record: parseLine(name, row, rest) }
}

function parseLine(name: string, row: number, line: string): Readonly<Record<string, unknown>> {
  try {
    const parsed = JsonObject.safeParse(JSON.parse(line))
    if (parsed.success) return parsed.data
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new UserError(`${name} row ${row}: is not a JSON object; one such a line is needed`)
}

/** Lines of JSON, each with its line feed. Undefined values are left out. */
export function formatJsonLines(records: readonly object[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('')
}
