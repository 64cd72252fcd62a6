import type { Embeddings } from './embeddings.js'
import { vectorFormatOf } from './formats/vector-formats.js'

/**
 * Writes word vectors in the format that the end of the file's name asks for (as {@link readEmbeddings} reads them).
 * No format loses a bit of a value; all lose the counts. The file appears whole or not at all.
 * @throws UserError when it cannot be written, or a word cannot stand in that format
 */
export function writeEmbeddings(path: string, embeddings: Embeddings): Promise<void> {
  return vectorFormatOf(path).write(path, embeddings)
}
