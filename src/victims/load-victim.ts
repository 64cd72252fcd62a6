import { UserError } from '../base/errors.js'
import { loadCbowModel } from '../cbow/cbow-model.js'
import { readModelKind } from '../embeddings/model-folder.js'
import { CentreWord } from './centre-word.js'
import { loadTextClassifier } from './classifier-folder.js'
import type { TextClassifier } from './text-classifier.js'

/**
 * Reads a model folder as a victim: a text classifier as it is, a CBOW model as a {@link CentreWord}.
 * @throws UserError for a folder without a model, with one of another kind or of a single word, and for a file of it that
 * is missing, cut, changed or swapped
 */
export async function loadVictim(directory: string): Promise<TextClassifier | CentreWord> {
  const kind = await readModelKind(directory)
  if (kind === 'text-classifier') return (await loadTextClassifier(directory)).classifier
  if (kind === 'cbow') {
    const model = await loadCbowModel(directory)
    if (model.vocabulary.size > 1) return CentreWord.of(model)
    throw new UserError(`${directory}: knows one word alone, there is nothing to predict; train it on more text`)
  }
  throw new UserError(`${directory}: a model of kind '${kind}'; a text classifier or a CBOW model is needed`)
}
