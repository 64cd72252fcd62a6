import { UserError } from '../../base/errors.js'
import type { Embeddings } from '../embeddings.js'
import { ByteReader } from './byte-reader.js'
import type { ReadVectorsOptions, VectorFormat } from './format.js'
import { countNumbers, joinValues, nextLine, readValues, withoutMark } from './text-rows.js'
import { VectorCollector } from './vector-collector.js'
import { checkWords, rowsOf, writeFiles } from './write-chunks.js'

const TAB = '\t'
const WORD_COLUMNS = ['word', 'label', 'token', 'name']

/**
 * The TensorBoard Embedding Projector's pair of files: `X.tsv` with the values of a row between tabs, and
 * `X.metadata.tsv` with its word. Metadata of several columns have a header, of which the column of words is taken.
 */
export const projector: VectorFormat = {
  name: 'TensorBoard projector',
  ending: '.tsv',
  besides: metadataPath,
  read: readProjector,
  async write(path, embeddings) {
    checkWords(
      path,
      embeddings,
      /[\t\n]|^[ \t\r]|[ \t\r]$/,
      'it begins or ends with a space, or holds a tab or a line end',
    )
    const words = rowsOf(embeddings, (word) => `${word}\n`)
    const values = rowsOf(embeddings, (_, vector) => `${joinValues(vector, TAB)}\n`)
    await writeFiles(
      new Map([
        [metadataPath(path), words],
        [path, values],
      ]),
    )
  },
}

/** `X.tsv` to `X.metadata.tsv`, `X.tsv.gz` to `X.metadata.tsv.gz`. */
function metadataPath(path: string): string {
  return path.replace(/\.tsv(\.gz)?$/, '.metadata.tsv$1')
}

async function readProjector(path: string, { limit = Infinity, progress }: ReadVectorsOptions): Promise<Embeddings> {
  if (/\.metadata\.tsv(\.gz)?$/.test(path)) {
    throw new UserError(`${path}: holds the words; name the file of their vectors, without '.metadata'`)
  }
  const values = await ByteReader.open(path, progress)
  try {
    const words = await ByteReader.open(metadataPath(path))
    try {
      return (await readPairs(values, words, limit)).finish(progress)
    } finally {
      await words.close()
    }
  } finally {
    await values.close()
  }
}

async function readPairs(values: ByteReader, words: ByteReader, limit: number): Promise<VectorCollector> {
  let word = withoutMark(await nextLine(words))
  const column = columnOfWords(word)
  if (column !== undefined) word = await nextLine(words)
  let line = withoutMark(await nextLine(values))
  const dimensions = line === undefined ? 1 : countNumbers(line).fields
  const rows = new VectorCollector(values.path, dimensions, limit, 0)
  for (; line !== undefined && !rows.full; line = await nextLine(values), word = await nextLine(words)) {
    if (word === undefined) throw rows.fail(`there are no more words in ${words.path}`)
    if (readValues(line, rows) > 0) throw rows.fail(`there are more than ${dimensions} values`)
    rows.accept(column === undefined ? word : fieldOf(word, column))
  }
  if (!rows.full && word !== undefined) throw rows.fail(`there are no more vectors, but words in ${words.path}`)
  return rows
}

/** Which column of the metadata holds the words; undefined when there is but one, and no header. */
function columnOfWords(header: Buffer | undefined): number | undefined {
  const names = header?.toString('utf8').toLowerCase().split(TAB) ?? []
  if (names.length < 2) return undefined
  return Math.max(
    0,
    names.findIndex((name) => WORD_COLUMNS.includes(name)),
  )
}

function fieldOf(line: Buffer, column: number): Buffer {
  return Buffer.from(line.toString('latin1').split(TAB)[column] ?? '', 'latin1')
}
