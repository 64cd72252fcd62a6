import { pipeline, Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { AtomicFile } from '../../base/atomic-files.js'
import { UserError } from '../../base/errors.js'
import { quoted } from '../../text/quoted.js'
import { type WordId, wordId } from '../../text/vocabulary.js'
import type { Embeddings } from '../embeddings.js'

const CHUNK_BYTES = 1 << 18

/**
 * Writes all files or none: each is compressed where its name ends in `.gz`, and the names are given when every byte
 * of every one is there.
 */
export async function writeFiles(contents: ReadonlyMap<string, Iterable<Uint8Array | string>>): Promise<void> {
  const files: AtomicFile[] = []
  try {
    for (const [path, chunks] of contents) {
      const file = await AtomicFile.open(path)
      files.push(file)
      const pieces = gather(chunks)
      // An error of any part of the pipeline is thrown where its end is read.
      const bytes = path.endsWith('.gz') ? pipeline(Readable.from(pieces), createGzip(), () => {}) : pieces
      for await (const chunk of bytes) await file.write(chunk)
    }
    for (const file of files) await file.commit()
  } catch (error) {
    for (const file of files) await file.abandon()
    throw error
  }
}

/** One piece for each word, in order. */
export function* rowsOf<T>(
  { vocabulary, vectors, dimensions }: Embeddings,
  row: (word: string, vector: Float32Array, id: WordId) => T,
): Generator<T> {
  for (const [id, word] of vocabulary.words.entries()) {
    yield row(word, vectors.subarray(id * dimensions, (id + 1) * dimensions), wordId(id))
  }
}

/** @throws UserError when a word holds what this format takes for the end of a word */
export function checkWords(path: string, { vocabulary }: Embeddings, forbidden: RegExp, why: string): void {
  for (const [id, word] of vocabulary.words.entries()) {
    if (word === '' || forbidden.test(word)) {
      throw new UserError(`${path}: word ${id + 1}, ${quoted(word)}, cannot be written: ${why}`)
    }
  }
}

/** Joins small pieces, so that not every row is a call of the system. */
function* gather(pieces: Iterable<Uint8Array | string>): Generator<Buffer> {
  let gathered: Buffer[] = []
  let bytes = 0
  for (const piece of pieces) {
    const buffer = Buffer.from(piece)
    gathered.push(buffer)
    bytes += buffer.length
    if (bytes < CHUNK_BYTES) continue
    yield Buffer.concat(gathered)
    gathered = []
    bytes = 0
  }
  if (bytes > 0) yield Buffer.concat(gathered)
}
