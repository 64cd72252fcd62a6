import { z } from 'zod'
import { CBOW_PARAMETERS } from '../embeddings/cbow-parameters.js'
import { Embeddings } from '../embeddings/embeddings.js'
import { readModelFolder, tensorOf, writeModelFolder } from '../embeddings/model-folder.js'
import type { Phrases } from '../text/phrases.js'
import type { Vocabulary } from '../text/vocabulary.js'
import { CbowSettings } from './cbow-options.js'

/** How a model came to be; part of `model.json`. No dates: two equal runs write equal bytes. */
const TrainingRecord = z.object({
  engine: z.string(),
  backend: z.string(),
  tensorflowVersion: z.string().optional(),
  gpu: z.string().optional(),
  cudaVersion: z.string().optional(),
  threads: z.int(),
  /** Words of the vocabulary that were read, all epochs together, before subsampling. */
  wordsSeen: z.number(),
  /** Mean loss of a centre word over the last epoch, each at the weights before its own update. */
  loss: z.number(),
  /** SHA-256 over the encoded corpus and its vocabulary. */
  corpusSha256: z.string(),
})
export type TrainingRecord = z.infer<typeof TrainingRecord>

const CbowJson = z
  .object({
    kind: z.literal('cbow', { error: "is not 'cbow'; a model trained by train-cbow is needed" }),
    settings: CbowSettings.omit({ tokenizer: true, seed: true }),
    tokenizer: z.string(),
    seed: z.number(),
    sha256: z.object({ corpus: z.string().optional() }),
  })
  .extend(TrainingRecord.omit({ corpusSha256: true }).partial().shape)

/**
 * A CBOW model (Mikolov, Chen, Corrado, Dean 2013): input embeddings W [V, D], whose rows are the word vectors, and
 * output embeddings U [V, D]. With h the mean (or sum) of the context words' input rows, the logits of the centre word
 * are U h. After training W and U may be parts of a larger buffer, in memory that threads share.
 */
export class CbowModel {
  /**
   * @param input W, [V, D], with the vocabulary
   * @param outputEmbeddings U, [V, D]
   * @param settings what it was trained with; `settings.mode` says how h is made
   * @param training how it came to be; undefined for a model that was put together by hand
   * @param phrases what its text is joined by, if by anything
   */
  constructor(
    readonly input: Embeddings,
    readonly outputEmbeddings: Float32Array,
    readonly settings: CbowSettings,
    readonly training?: TrainingRecord,
    readonly phrases?: Phrases,
  ) {
    if (outputEmbeddings.length !== input.vectors.length) {
      throw new RangeError(`${outputEmbeddings.length} output values for ${input.vectors.length} input values`)
    }
  }

  /** The V words. */
  get vocabulary(): Vocabulary {
    return this.input.vocabulary
  }

  /** D. */
  get dimensions(): number {
    return this.input.dimensions
  }
}

/**
 * Writes a model folder: `model.json`, `vocabulary.tsv`, `tensors.safetensors`.
 * @throws UserError when it cannot be written
 */
export async function saveCbowModel(model: CbowModel, directory: string): Promise<void> {
  const { tokenizer, seed, ...settings } = model.settings
  const { corpusSha256, ...training } = model.training ?? {}
  const shape = [model.vocabulary.size, model.dimensions]
  await writeModelFolder(directory, {
    description: {
      kind: 'cbow',
      settings,
      tokenizer,
      seed,
      ...training,
      ...(corpusSha256 !== undefined && { sha256: { corpus: corpusSha256 } }),
    },
    vocabulary: model.vocabulary,
    phrases: model.phrases,
    tensors: new Map([
      [CBOW_PARAMETERS.input, { values: model.input.vectors, shape }],
      [CBOW_PARAMETERS.output, { values: model.outputEmbeddings, shape }],
    ]),
  })
}

/**
 * Reads a model folder that {@link saveCbowModel} wrote.
 * @throws UserError when it is no CBOW model, or damaged
 */
export async function loadCbowModel(directory: string): Promise<CbowModel> {
  const { description, vocabulary, tensors, phrases } = await readModelFolder(directory, CbowJson)
  const { kind: _, settings, tokenizer, seed, sha256, ...training } = description
  const shape = [vocabulary.size, settings.dimensions]
  const record = TrainingRecord.safeParse({ ...training, corpusSha256: sha256.corpus })
  return new CbowModel(
    new Embeddings(vocabulary, tensorOf(directory, tensors, CBOW_PARAMETERS.input, shape), settings.dimensions),
    tensorOf(directory, tensors, CBOW_PARAMETERS.output, shape),
    { ...settings, tokenizer, seed },
    record.data,
    phrases,
  )
}
