import { join } from 'node:path'
import { z } from 'zod'
import { UserError } from '../base/errors.js'
import { Embeddings } from '../embeddings/embeddings.js'
import { MODEL_FILES, readModelFolder, tensorOf, writeModelFolder } from '../embeddings/model-folder.js'
import { phrasesOf, withPhrases } from '../text/phrases.js'
import { tokenizerNames, tokenizerOf } from '../text/tokenizers.js'
import { ClassifierTraining } from './classifier-training.js'
import { TextClassifier } from './text-classifier.js'

const KIND = 'text-classifier'

const ClassifierJson = z.object({
  kind: z.literal(KIND, { error: `is not '${KIND}'; a model trained by train-classifier is needed` }),
  labels: z
    .array(z.string())
    .min(2)
    .refine((labels) => new Set(labels).size === labels.length, 'a label stands twice'),
  dimensions: z.int().min(1),
  tokenizer: z.string(),
  training: ClassifierTraining.optional(),
})

/** A classifier, and how it came to be; undefined for one that was put together by hand. */
export interface LoadedClassifier {
  readonly classifier: TextClassifier
  readonly training?: ClassifierTraining
}

/**
 * Writes a model folder: `model.json`, `vocabulary.tsv`, and `tensors.safetensors` with `embeddings` [V, D], `weights`
 * [D, K] and `bias` [K].
 * @throws UserError when it cannot be written
 */
export async function saveTextClassifier(
  classifier: TextClassifier,
  directory: string,
  training?: ClassifierTraining,
): Promise<void> {
  const { embeddings, labels, tokenizer, parameters } = classifier
  await writeModelFolder(directory, {
    description: { kind: KIND, labels, dimensions: embeddings.dimensions, tokenizer: tokenizer.name, training },
    vocabulary: embeddings.vocabulary,
    tensors: parameters,
    phrases: phrasesOf(tokenizer),
  })
}

/**
 * Reads a model folder that {@link saveTextClassifier} wrote.
 * @throws UserError when it is no text classifier, or damaged
 */
export async function loadTextClassifier(directory: string): Promise<LoadedClassifier> {
  const { description, vocabulary, tensors, phrases } = await readModelFolder(directory, ClassifierJson)
  const { labels, dimensions: D, tokenizer, training } = description
  const K = labels.length
  if (!tokenizerNames.includes(tokenizer)) {
    throw new UserError(`${join(directory, MODEL_FILES.model)}: tokenizer: '${tokenizer}' is not known to this version`)
  }
  const embeddings = new Embeddings(vocabulary, tensorOf(directory, tensors, 'embeddings', [vocabulary.size, D]), D)
  const weights = tensorOf(directory, tensors, 'weights', [D, K])
  const bias = tensorOf(directory, tensors, 'bias', [K])
  const reader = withPhrases(tokenizerOf(tokenizer), phrases)
  return { classifier: new TextClassifier(embeddings, weights, bias, labels, reader), training }
}
