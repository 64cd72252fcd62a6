import { UserError } from '../base/errors.js'
import { readModelName } from '../embeddings/model-folder.js'
import type { Vocabulary } from '../text/vocabulary.js'
import { type CbowModel, loadCbowModel } from './cbow-model.js'
import type { CbowSettings } from './cbow-options.js'
import { initialRows } from './draws.js'
import { rowsOf, type WeightRows } from './weight-rows.js'

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
export function rowsFrom(model: CbowModel, vocabulary: Vocabulary, settings: CbowSettings): WeightRows {
  const { dimensions } = settings
  const drawn = initialRows(settings)
  const known = rowsOf({ input: model.input.vectors, output: model.outputEmbeddings }, dimensions)
  return {
    readRows(matrix, first, into) {
      drawn.readRows(matrix, first, into)
      for (let at = 0, id = first; at < into.length; at += dimensions, id++) {
        const before = model.vocabulary.idOf(vocabulary.words[id])
        if (before !== undefined) known.readRows(matrix, before, into.subarray(at, at + dimensions))
      }
    },
  }
}
