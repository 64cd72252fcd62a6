import { stat } from 'node:fs/promises'
import { UserError } from '../base/errors.js'
import type { Embeddings } from './embeddings.js'
import type { ReadVectorsOptions } from './formats/format.js'
import { vectorFormatOf } from './formats/vector-formats.js'
import { readEmbeddings } from './read-vectors.js'
import { writeEmbeddings } from './write-vectors.js'

export interface ConvertVectorsOptions extends ReadVectorsOptions {
  /** Write over a file that is there. */
  readonly force?: boolean
}

/**
 * Reads word vectors from a file or a model's folder and writes them in the format that the other file's name asks for.
 * @throws UserError when one cannot be read or written, or the other is there already
 */
export async function convertVectors(
  input: string,
  output: string,
  { force = false, ...options }: ConvertVectorsOptions = {},
): Promise<Embeddings> {
  // What is wrong with the output is said before a large input is read.
  const besides = vectorFormatOf(output).besides?.(output)
  for (const path of besides === undefined ? [output] : [output, besides]) await requireFree(path, force)
  const embeddings = await readEmbeddings(input, options)
  await writeEmbeddings(output, embeddings)
  return embeddings
}

async function requireFree(path: string, force: boolean): Promise<void> {
  const there = await stat(path).catch(() => undefined)
  if (there?.isDirectory()) throw new UserError(`${path}: is a folder, a file is needed`)
  if (there?.isFile() && !force) throw new UserError(`${path}: is there already; name another file or use --force`)
}
