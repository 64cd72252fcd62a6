import { UserError } from '../../base/errors.js'
import { fastText } from './fasttext.js'
import type { VectorFormat } from './format.js'
import { glove } from './glove.js'
import { projector } from './projector.js'
import { word2vecBinary } from './word2vec-binary.js'
import { word2vecText } from './word2vec-text.js'

export const VECTOR_FORMATS: readonly VectorFormat[] = [word2vecText, glove, word2vecBinary, fastText, projector]

/**
 * The format that the end of a file's name asks for.
 * @throws UserError when it asks for none
 */
export function vectorFormatOf(path: string): VectorFormat {
  const name = path.replace(/\.gz$/, '')
  const format = VECTOR_FORMATS.find(({ ending }) => name.endsWith(ending))
  if (format !== undefined) return format
  const endings = VECTOR_FORMATS.map(({ ending, name }) => `${ending} (${name})`).join(', ')
  throw new UserError(`${path}: what format is this? name the file ${endings}, each also with .gz`)
}
