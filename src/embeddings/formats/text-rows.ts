import { quoted } from '../../text/quoted.js'
import type { Embeddings } from '../embeddings.js'
import { ByteReader } from './byte-reader.js'
import { formatFloat32, parseDecimal } from './decimal.js'
import type { ReadVectorsOptions } from './format.js'
import { VectorCollector } from './vector-collector.js'
import { checkWords, rowsOf, writeFiles } from './write-chunks.js'

/** A line longer than this is no row: 100,000 dimensions of 40 characters. */
const LONGEST_LINE = 4_000_000
const USUAL_VALUE_BYTES = 9
const NEWLINE = 0x0a
const HEADER = /^(\d+)[ \t]+(\d+)[ \t]*$/
const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf)

/**
 * Reads lines of a word and its values, between spaces or tabs. The last D fields are the values, so that a word may
 * hold spaces, as some of GloVe's do.
 * @param header whether a first line of exactly two whole numbers is `V D`; without it the first row says what D is
 */
export async function readTextRows(
  path: string,
  header: 'sniff' | 'never',
  { limit = Infinity, progress }: ReadVectorsOptions,
): Promise<Embeddings> {
  const reader = await ByteReader.open(path, progress)
  try {
    let line = withoutMark(await nextLine(reader))
    const claimed = header === 'sniff' ? headerOf(line) : undefined
    if (claimed !== undefined) line = await nextLine(reader)
    const dimensions = claimed?.dimensions ?? dimensionsOf(line)
    const wanted = Math.min(limit, claimed?.words ?? Infinity)
    const rows = new VectorCollector(path, dimensions, wanted, reader.fileBytes / (USUAL_VALUE_BYTES * dimensions))
    for (; line !== undefined && !rows.full; line = await nextLine(reader)) readRow(line, rows)
    if (claimed !== undefined && rows.rows < wanted) {
      throw rows.fail(`the file ends here, the header says ${claimed.words} words; copy it again or set --limit`)
    }
    if (wanted === claimed?.words && line !== undefined) {
      throw rows.fail(`the header says ${claimed.words} words, here is one more`)
    }
    return rows.finish(progress)
  } finally {
    await reader.close()
  }
}

/** Writes lines of a word and its values, each the shortest that reads back as the same float32. */
export async function writeTextRows(
  path: string,
  embeddings: Embeddings,
  layout: { readonly header: boolean; readonly lineEnd: string },
): Promise<void> {
  checkWords(path, embeddings, /\n|^[ \t\r]|[ \t\r]$/, 'it begins or ends with a space, or holds a line end')
  await writeFiles(new Map([[path, lines(embeddings, layout)]]))
}

function* lines(embeddings: Embeddings, layout: { header: boolean; lineEnd: string }): Generator<string> {
  if (layout.header) yield `${embeddings.vocabulary.size} ${embeddings.dimensions}\n`
  yield* rowsOf(embeddings, (word, vector) => `${word} ${joinValues(vector, ' ')}${layout.lineEnd}`)
}

/** The values as text. */
export function joinValues(vector: Float32Array, separator: string): string {
  let text = formatFloat32(vector[0])
  for (let d = 1; d < vector.length; d++) text += separator + formatFloat32(vector[d])
  return text
}

/** The next line that is not blank, without its end and the blanks before it. */
export async function nextLine(reader: ByteReader): Promise<Buffer | undefined> {
  for (;;) {
    const line = await reader.until(NEWLINE, LONGEST_LINE)
    if (line === undefined) return undefined
    let end = line.length
    while (end > 0 && isBlank(line[end - 1])) end--
    if (end > 0) return line.subarray(0, end)
  }
}

/** Takes off a byte-order mark. */
export function withoutMark(line: Buffer | undefined): Buffer | undefined {
  return line?.subarray(0, 3).equals(BYTE_ORDER_MARK) ? line.subarray(3) : line
}

/** How many fields stand at the end of a line that are numbers; all fields of a line without a word. */
export function countNumbers(line: Buffer): { numbers: number; fields: number } {
  const fields = line.toString('latin1').split(/[ \t]+/)
  let numbers = 0
  while (numbers < fields.length && Number.isFinite(numberOf(fields[fields.length - 1 - numbers]))) numbers++
  return { numbers, fields: fields.length }
}

function numberOf(field: string): number {
  const bytes = Buffer.from(field, 'latin1')
  return parseDecimal(bytes, 0, bytes.length)
}

function headerOf(line: Buffer | undefined): { words: number; dimensions: number } | undefined {
  const match = line && HEADER.exec(line.toString('latin1'))
  return match ? { words: Number(match[1]), dimensions: Number(match[2]) } : undefined
}

/** D by the first row: its numbers, less one where the word is a number too. */
function dimensionsOf(line: Buffer | undefined): number {
  if (line === undefined) return 1
  const { numbers, fields } = countNumbers(line)
  return Math.min(numbers, fields - 1)
}

function readRow(line: Buffer, rows: VectorCollector): void {
  const start = readValues(line, rows)
  let end = start
  while (end > 0 && isBlank(line[end - 1])) end--
  const word = line.subarray(0, end)
  if (end > 0 && isBlank(word[0])) throw rows.fail('there is no word')
  // A word may hold spaces; but where what stands before the values is a number, it is a value too many.
  if (word.includes(0x20) || word.includes(0x09)) {
    const { numbers } = countNumbers(word)
    if (numbers > 0) throw rows.fail(`there are ${rows.dimensions + numbers} values, ${rows.dimensions} are expected`)
  }
  rows.accept(word)
}

/**
 * Reads the last D fields of a line into the next row.
 * @returns where the first of them begins
 */
export function readValues(line: Buffer, rows: VectorCollector): number {
  const values = rows.nextRow()
  let start = line.length
  for (let d = rows.dimensions - 1; d >= 0; d--) {
    let end = start
    while (end > 0 && isBlank(line[end - 1])) end--
    start = end
    while (start > 0 && !isBlank(line[start - 1])) start--
    const value = parseDecimal(line, start, end)
    if (Number.isNaN(value)) throw rows.fail(badValue(line.toString('utf8', start, end), d, rows.dimensions))
    values[d] = value
  }
  return start
}

function badValue(text: string, d: number, dimensions: number): string {
  if (/^[+-]?(nan|inf(inity)?)$/i.test(text)) return `the value ${quoted(text)} is not finite`
  return `there are ${dimensions - 1 - d} values, ${dimensions} are expected`
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d
}
