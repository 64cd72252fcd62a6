import { z } from 'zod'
import { MAX_SEED } from '../base/random.js'

/** What may learn: the embeddings, and the linear layer upon their mean. */
const CLASSIFIER_PARTS = ['embeddings', 'weights'] as const

/** The options of `trainClassifier`, with their defaults; they stand in `model.json`. */
export const ClassifierOptions = z.strictObject({
  train: z
    .array(z.enum(CLASSIFIER_PARTS))
    .min(1)
    .default([...CLASSIFIER_PARTS])
    .describe('what learns; the rest stays as it is'),
  epochs: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe('passes over the rows (default: 8, or 40 where the embeddings stay)'),
  learningRate: z.number().positive().max(1_000).default(5e-3).describe("Adam's step size for the weights"),
  embeddingsLearningRate: z
    .number()
    .positive()
    .max(1_000)
    .default(2e-3)
    .describe("Adam's step size for the embeddings"),
  batchSize: z.int().min(1).max(1_000_000).default(64).describe('rows a step'),
  validation: z
    .number()
    .min(0)
    .max(0.9)
    .default(0.1)
    .describe('share of the rows held out, by which the best epoch is chosen; 0 keeps the last'),
  seed: z.int().min(0).max(MAX_SEED).default(1).describe('key of all random draws'),
})
export type ClassifierOptions = z.infer<typeof ClassifierOptions>

/** The options in force: what was left open is filled in. */
export const ClassifierSettings = ClassifierOptions.required()
export type ClassifierSettings = z.infer<typeof ClassifierSettings>

export function classifierSettings(options: ClassifierOptions): ClassifierSettings {
  const train = CLASSIFIER_PARTS.filter((part) => options.train.includes(part))
  return { ...options, train, epochs: options.epochs ?? (train.includes('embeddings') ? 8 : 40) }
}
