import { stat } from 'node:fs/promises'
import { fileError, UserError } from '../base/errors.js'
import { Embeddings } from './embeddings.js'
import { firstRows } from './first-rows.js'
import type { ReadVectorsOptions } from './formats/format.js'
import { vectorFormatOf } from './formats/vector-formats.js'
import { ModelJson, readModelFolder, tensorOf } from './model-folder.js'

/** Which tensor of a model holds its input embeddings: a CBOW model has its own name for it. */
const INPUT_EMBEDDINGS = ['input_embeddings', 'embeddings']

/**
 * Reads word vectors: of a model's folder its input embeddings; of a file by the end of its name, `.txt` (word2vec
 * text), `.glove`, `.bin` (word2vec binary), `.vec` (fastText) or `.tsv` (TensorBoard projector), each also `.gz`.
 * @throws UserError that names the file and the row
 */
export async function readEmbeddings(path: string, options: ReadVectorsOptions = {}): Promise<Embeddings> {
  const found = await stat(path).catch((error: unknown) => {
    throw fileError(error, path)
  })
  return found.isDirectory() ? readModelEmbeddings(path, options) : vectorFormatOf(path).read(path, options)
}

async function readModelEmbeddings(directory: string, { limit = Infinity }: ReadVectorsOptions): Promise<Embeddings> {
  const { description, vocabulary, tensors } = await readModelFolder(directory, ModelJson)
  const name = INPUT_EMBEDDINGS.find((name) => tensors.has(name))
  const shape = name === undefined ? undefined : tensors.get(name)?.shape
  if (name === undefined || shape?.length !== 2) {
    throw new UserError(`${directory}: a model of kind '${description.kind}' without word vectors`)
  }
  const [, dimensions] = shape
  const vectors = tensorOf(directory, tensors, name, [vocabulary.size, dimensions])
  return firstRows(new Embeddings(vocabulary, vectors, dimensions), limit)
}
