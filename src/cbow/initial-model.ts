import { UserError } from '../base/errors.js'
import { readModelName } from '../embeddings/model-folder.js'
import type { Vocabulary } from '../text/vocabulary.js'
import { type CbowModel, loadCbowModel } from './cbow-model.js'
import type { CbowSettings } from './cbow-options.js'
import { initialWeights } from './draws.js'
import type { EngineWeights } from './engines/engine.js'

/** Settings with the SHA-256 of the model that training is to begin from. */
export async function withInitial(settings: CbowSettings, directory: string | undefined): Promise<CbowSettings> {
  return directory === undefined ? settings : { ...settings, init: (await readModelName(directory)).sha256 }
}

/**
 * Reads the model that training is to begin from.
 * @throws UserError when it is none, or its rows cannot be gone on with under these settings
 */
export async function loadInitialModel(directory: string, settings: CbowSettings): Promise<CbowModel> {
  const model = await loadCbowModel(directory)
  const refuse = (why: string) => new UserError(`${directory}: ${why}`)
  for (const name of ['dimensions', 'tokenizer'] as const) {
    const [was, is] = [model.settings[name], settings[name]]
    if (was !== is) throw refuse(`trained with --${name} ${was}, now ${is}; to begin from it both must be the same`)
  }
  if ([model.settings.loss, settings.loss].includes('hierarchical-softmax')) {
    throw refuse('hierarchical softmax cannot be gone on with, since new counts make another tree')
  }
  if (model.phrases || settings.phrases > 0) throw refuse('phrases cannot be gone on with; train anew on all the text')
  return model
}

/** Weights to begin with: words of the model keep their rows, new words get rows as in a new model. */
export function weightsFrom(model: CbowModel, vocabulary: Vocabulary, settings: CbowSettings): EngineWeights {
  const { dimensions } = settings
  const weights = initialWeights(vocabulary.size, settings)
  vocabulary.words.forEach((word, id) => {
    const known = model.vocabulary.idOf(word)
    if (known === undefined) return
    const [from, to] = [known * dimensions, id * dimensions]
    weights.input.set(model.input.vectors.subarray(from, from + dimensions), to)
    weights.output.set(model.outputEmbeddings.subarray(from, from + dimensions), to)
  })
  return weights
}
