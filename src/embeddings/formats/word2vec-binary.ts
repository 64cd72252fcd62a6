import { UserError } from '../../base/errors.js'
import type { Embeddings } from '../embeddings.js'
import { ByteReader } from './byte-reader.js'
import type { ReadVectorsOptions, VectorFormat } from './format.js'
import { VectorCollector } from './vector-collector.js'
import { checkWords, rowsOf, writeFiles } from './write-chunks.js'

const NEWLINE = 0x0a
const SPACE = 0x20
const LONGEST_HEADER = 64
/** word2vec.c cuts words at 100 bytes, others do not. */
const LONGEST_WORD = 100_000
const BYTES_PER_VALUE = 4

/**
 * word2vec's binary form: a line `V D`, then for each word its bytes, a space and D little-endian float32. word2vec.c
 * puts a line end after each row, gensim does not; both are read, and word2vec.c's is written.
 */
export const word2vecBinary: VectorFormat = {
  name: 'word2vec binary',
  ending: '.bin',
  read: readBinary,
  async write(path, embeddings) {
    checkWords(path, embeddings, /[ \n]/, 'it holds a space or a line end')
    await writeFiles(new Map([[path, pieces(embeddings)]]))
  },
}

function* pieces(embeddings: Embeddings): Generator<Uint8Array | string> {
  yield `${embeddings.vocabulary.size} ${embeddings.dimensions}\n`
  yield* rowsOf(embeddings, (word, { buffer, byteOffset, byteLength }) =>
    Buffer.concat([Buffer.from(`${word} `), new Uint8Array(buffer, byteOffset, byteLength), Buffer.of(NEWLINE)]),
  )
}

async function readBinary(path: string, { limit = Infinity, progress }: ReadVectorsOptions): Promise<Embeddings> {
  const reader = await ByteReader.open(path, progress)
  try {
    const { words, dimensions } = await readHeader(reader)
    const rowBytes = dimensions * BYTES_PER_VALUE
    const rows = new VectorCollector(path, dimensions, Math.min(limit, words), reader.fileBytes / rowBytes)
    while (!rows.full) await readRow(reader, rows, words)
    if (rows.rows === words) {
      await reader.skip(NEWLINE)
      if ((await reader.take(1)).length > 0) throw rows.fail(`the header says ${words} words, here is more`)
    }
    return rows.finish(progress)
  } finally {
    await reader.close()
  }
}

async function readHeader(reader: ByteReader): Promise<{ words: number; dimensions: number }> {
  const line = await reader.until(NEWLINE, LONGEST_HEADER).catch(() => undefined)
  const match = /^(\d+) (\d+)\s*$/.exec(line?.toString('latin1') ?? '')
  if (match === null)
    throw new UserError(`${reader.path}: does not begin with a line 'words dimensions'; not word2vec binary`)
  return { words: Number(match[1]), dimensions: Number(match[2]) }
}

async function readRow(reader: ByteReader, rows: VectorCollector, words: number): Promise<void> {
  await reader.skip(NEWLINE)
  // The word's bytes stay good after the next take: pieces are never written over.
  const word = await reader.until(SPACE, LONGEST_WORD)
  const values = rows.nextRow()
  const bytes = await reader.take(values.byteLength)
  if (word === undefined || bytes.length < values.byteLength) {
    throw rows.fail(`the file ends here, the header says ${words} words; copy it again or set --limit`)
  }
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength).set(bytes)
  rows.accept(word)
}
