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
  vectorFormatOf(output)
  const there = await stat(output).catch(() => undefined)
  if (there?.isDirectory()) throw new UserError(`${output}: is a folder, a file is needed`)
  if (there?.isFile() && !force) throw new UserError(`${output}: is there already; name another file or use --force`)
  const embeddings = await readEmbeddings(input, options)
  await writeEmbeddings(output, embeddings)
  return embeddings
}
