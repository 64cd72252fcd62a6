import type { Progress } from '../../base/progress.js'
import type { Embeddings } from '../embeddings.js'

export interface ReadVectorsOptions {
  /** Read only the first so many rows. */
  readonly limit?: number
  readonly progress?: Progress
}

/** One way of laying out vectors in a file. */
export interface VectorFormat {
  readonly name: string
  /** The end of a file's name that asks for it; `.gz` may follow. */
  readonly ending: string
  /** A second file that is written with the first, where there is one. */
  besides?(path: string): string
  /** @throws UserError that names the file and the row */
  read(path: string, options: ReadVectorsOptions): Promise<Embeddings>
  /** @throws UserError when it cannot be written, or a word cannot stand in this format */
  write(path: string, embeddings: Embeddings): Promise<void>
}
