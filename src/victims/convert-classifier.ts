import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { requireEmptyFolder } from '../base/atomic-files.js'
import { fileError, UserError } from '../base/errors.js'
import type { ReadVectorsOptions } from '../embeddings/formats/format.js'
import { readEmbeddings } from '../embeddings/read-vectors.js'
import { tokenizerOf } from '../text/tokenizers.js'
import { saveTextClassifier } from './classifier-folder.js'
import { TextClassifier } from './text-classifier.js'

const LinearLayer = z.strictObject({
  labels: z.array(z.string().min(1)).min(2),
  /** [D][K] */
  weights: z.array(z.array(z.number())).min(1),
  /** [K] */
  bias: z.array(z.number()),
})
type LinearLayer = z.infer<typeof LinearLayer>

const NEEDED = '{"labels": [...], "weights": [[...], ...], "bias": [...]}'

/** Which vectors and which linear layer make the classifier, and where it goes. */
export interface ConvertClassifierInput extends ReadVectorsOptions {
  /** A file of vectors, or the folder of a model. */
  readonly vectors: string
  /** A JSON file: `{"labels": [K], "weights": [D][K], "bias": [K]}`. */
  readonly classifier: string
  /** Name of the tokenizer that the vectors' words came from. */
  readonly tokenizer: string
  /** The folder to write the model to. */
  readonly output: string
  /** Write into a folder that holds something. */
  readonly force?: boolean
}

/**
 * Makes a text classifier of another program's word vectors and linear layer (logits = mean of the vectors · weights +
 * bias), and writes it as a model's folder.
 * @throws UserError when a file cannot be read, the two do not fit together, or the folder holds something
 */
export async function convertClassifier(input: ConvertClassifierInput): Promise<TextClassifier> {
  const { vectors, classifier: path, output, force = false, limit, progress } = input
  const tokenizer = tokenizerOf(input.tokenizer)
  if (!force) await requireEmptyFolder(output)
  const { labels, weights, bias } = await readLinearLayer(path)
  const embeddings = await readEmbeddings(vectors, { limit, progress })
  const D = embeddings.dimensions
  if (weights.length !== D) {
    throw new UserError(`${path}: weights has ${weights.length} rows, the vectors of ${vectors} have ${D} dimensions`)
  }
  const flat = Float32Array.from(weights.flat())
  const classifier = new TextClassifier(embeddings, flat, Float32Array.from(bias), labels, tokenizer)
  await saveTextClassifier(classifier, output)
  return classifier
}

async function readLinearLayer(path: string): Promise<LinearLayer> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fileError(error, path)
  })
  const parsed = LinearLayer.safeParse(parseJson(text, path))
  if (!parsed.success) {
    const [{ path: where, message }] = parsed.error.issues
    const what = message.charAt(0).toLowerCase() + message.slice(1)
    throw new UserError(`${path}: ${where.length > 0 ? `${where.join('.')}: ` : ''}${what}; ${NEEDED} is needed`)
  }
  const { labels, weights, bias } = parsed.data
  const K = labels.length
  if (new Set(labels).size !== K) throw new UserError(`${path}: labels: a label stands twice`)
  if (bias.length !== K) throw new UserError(`${path}: bias has ${bias.length} values for ${K} labels`)
  const odd = weights.findIndex((row) => row.length !== K)
  if (odd >= 0) throw new UserError(`${path}: weights row ${odd + 1} has ${weights[odd].length} values for ${K} labels`)
  const numbers = [...weights.flat(), ...bias]
  if (!numbers.every((value) => Number.isFinite(Math.fround(value)))) {
    throw new UserError(`${path}: a number is too large for float32`)
  }
  return parsed.data
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new UserError(`${path}: not JSON (which has no NaN and no Infinity); ${NEEDED} is needed`)
  }
}
