import { z } from 'zod'
import { MAX_SEED } from '../base/random.js'
import { tokenizerNames } from '../text/tokenizers.js'
import { OPTIMIZERS } from './optimizer.js'

/** What a CBOW model may be trained by; `auto` takes the fastest that is there. */
const ENGINES = ['auto', 'cuda', 'wasm', 'tensorflow', 'cpu'] as const
const LOSSES = ['negative-sampling', 'hierarchical-softmax', 'softmax'] as const
const MODES = ['mean', 'sum'] as const
const UPDATES = ['word2vec', 'corrected'] as const
const TRAINED = ['input', 'output'] as const
export const GRADIENTS = ['rows', 'dense'] as const

/** How a model's context words make the hidden vector h: their mean, or their sum. */
export type CbowMode = (typeof MODES)[number]
export type CbowUpdate = (typeof UPDATES)[number]
export type EngineName = Exclude<(typeof ENGINES)[number], 'auto'>

const shape = {
  dimensions: z.int().min(1).max(10_000),
  window: z.int().min(1).max(500),
  negative: z.int().min(0).max(1_000),
  epochs: z.int().min(1).max(100_000),
  minCount: z.int().min(1),
  maxVocabulary: z.int().min(1),
  sample: z.number().min(0).max(1),
  learningRate: z.number().positive().max(1_000),
  loss: z.enum(LOSSES),
  mode: z.enum(MODES),
  update: z.enum(UPDATES),
  train: z.array(z.enum(TRAINED)).min(1),
  noiseExponent: z.number().min(-10).max(10),
  batchSize: z.int().min(1).max(1_000_000),
  optimizer: z.enum(OPTIMIZERS),
  gradients: z.enum(GRADIENTS),
  tokenizer: z.string().min(1),
  phrases: z.int().min(0).max(10),
  phraseThreshold: z.number().positive(),
  seed: z.int().min(0).max(MAX_SEED),
}

/**
 * Everything that decides which model comes out of a corpus (with one thread, to the bit). Stands in `model.json` and
 * in checkpoints.
 */
export const CbowSettings = z.object({
  ...shape,
  maxVocabulary: shape.maxVocabulary.optional(),
  optimizer: shape.optimizer.default('sgd'),
  gradients: shape.gradients.default('rows'),
  phrases: shape.phrases.default(0),
  phraseThreshold: shape.phraseThreshold.default(100),
  /** SHA-256 of the tensors of the model that training began from. */
  init: z.string().optional(),
})
export type CbowSettings = z.infer<typeof CbowSettings>

/** The options of `trainCbow`, with their defaults: the settings, and how the run goes. */
export const CbowOptions = z.strictObject({
  dimensions: shape.dimensions.default(100).describe('length of a word vector'),
  window: shape.window.default(5).describe('most context words on each side; each centre draws its own from 1 to this'),
  negative: shape.negative.default(5).describe('negative samples for each centre word'),
  epochs: shape.epochs.default(5).describe('passes over the corpus'),
  minCount: shape.minCount.default(5).describe('words seen less often are left out'),
  maxVocabulary: shape.maxVocabulary.optional().describe('keep only this many of the most frequent words'),
  sample: shape.sample
    .default(1e-4)
    .describe('words of a larger share of the corpus are thinned out, as word2vec does; 0 keeps all'),
  learningRate: shape.learningRate
    .optional()
    .describe(
      'step size at the start, falling linearly (default: 0.05; 0.14 for corrected means; 0.025 for sums; of adagrad 0.3, of adam 0.01)',
    ),
  loss: shape.loss
    .default('negative-sampling')
    .describe(
      'negative-sampling; hierarchical-softmax (a Huffman tree; its output rows are inner nodes, not words); softmax ' +
        'over the whole vocabulary (small ones)',
    ),
  mode: shape.mode.default('mean').describe('context words are averaged, or summed'),
  update: shape.update
    .default('word2vec')
    .describe("word2vec: as word2vec.c, without the mean's 1/C; corrected: the true gradient"),
  train: shape.train.default(['input', 'output']).describe('which embeddings learn; the others stay as they are'),
  noiseExponent: shape.noiseExponent.default(0.75).describe('negatives are drawn in proportion to count^exponent'),
  batchSize: shape.batchSize
    .optional()
    .describe('centres whose gradients are summed at fixed weights (default: 1024 for tensorflow, else 1)'),
  optimizer: shape.optimizer
    .default('sgd')
    .describe('how summed gradients move the weights; adagrad and adam are of engines tensorflow and cpu'),
  gradients: shape.gradients
    .default('rows')
    .describe(
      'rows: a batch moves the rows it reads (adam too, which then is lazy); dense: each step takes whole matrices, as ' +
        'TensorFlow.js does by itself (engine tensorflow)',
    ),
  tokenizer: shape.tokenizer.default('word').describe(`splits lines into words: ${tokenizerNames.join(', ')}`),
  phrases: shape.phrases
    .default(0)
    .describe('times that frequent pairs of words are joined to one (new_york), as word2phrase does'),
  phraseThreshold: shape.phraseThreshold.default(100).describe('pairs that score higher are joined; lower joins more'),
  seed: shape.seed.default(1).describe('key of all random draws'),
  init: z
    .string()
    .min(1)
    .optional()
    .describe('folder of a CBOW model to begin from: its words keep their rows and counts, new words get rows'),
  engine: z
    .enum(ENGINES)
    .default('auto')
    .describe('what computes; auto takes the fastest that is there; list names them all'),
  threads: z.int().min(1).max(1_024).optional().describe('threads of engine wasm (default: one for each core)'),
  reproducible: z
    .boolean()
    .default(false)
    .describe(
      'the same seed gives the same bytes: one thread, or as many as --threads says, in lockstep; one warp of a GPU',
    ),
  checkpointEvery: z.number().positive().default(30).describe('seconds between checkpoints in the output folder'),
  resume: z.boolean().default(false).describe('go on from the checkpoint in the output folder'),
  force: z.boolean().default(false).describe('write into an output folder that holds something else'),
})
export type CbowOptions = z.infer<typeof CbowOptions>

/** Means: where analogies and similarities were best on 17 M words. A sum's gradient is C times that of a mean. */
const LEARNING_RATES = { mean: { word2vec: 0.05, corrected: 0.14 }, sum: { word2vec: 0.025, corrected: 0.025 } }
/** Where similarities were best on 3.2 M words in batches of 1,024; the scale of a gradient matters little to them. */
const ADAPTIVE_RATES = { adagrad: 0.3, adam: 0.01 }
const BATCH_SIZES: Record<EngineName, number> = { cuda: 1, wasm: 1, tensorflow: 1024, cpu: 1 }

/** The settings that options mean on an engine: what was left open is filled in. */
export function settingsOf(options: CbowOptions, engine: EngineName): CbowSettings {
  const { optimizer, mode, update } = options
  const usual = optimizer === 'sgd' ? LEARNING_RATES[mode][update] : ADAPTIVE_RATES[optimizer]
  const learningRate = options.learningRate ?? usual
  const batchSize = options.batchSize ?? BATCH_SIZES[engine]
  const train = TRAINED.filter((matrix) => options.train.includes(matrix))
  return CbowSettings.parse({ ...options, init: undefined, learningRate, batchSize, train })
}

/** Settings with the defaults of the command, for models that are not trained here. */
export function defaultSettings(changed: Partial<CbowSettings> = {}): CbowSettings {
  return { ...settingsOf(CbowOptions.parse({}), 'wasm'), ...changed }
}
