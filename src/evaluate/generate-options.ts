import { z } from 'zod'
import { MAX_EPSILON } from '../attacks/continuous/continuous-options.js'
import { MAX_SEED } from '../base/random.js'
import { GoalOptions } from './goal.js'

/** What the rows are attacked for. Every field is a flag of the command as well. */
export const GenerateOptions = z.strictObject({
  seed: z.int().min(0).max(MAX_SEED).default(1).describe('seed of all random draws of the attack'),
  ...GoalOptions.shape,
  batchSize: z.int().min(1).max(65536).default(32).describe('rows attacked together; no effect on the result'),
  limit: z.int().min(0).optional().describe('attack only the first N rows'),
  queries: z
    .int()
    .min(0)
    .optional()
    .describe('forward passes that the attack may spend on one row; without it as many as it wants'),
  workers: z.int().min(1).max(1024).default(1).describe('threads that attack; no effect on the result'),
  snap: z
    .boolean()
    .default(false)
    .describe('bring perturbed embeddings back to the nearest words, and judge the text that they make'),
  relativeEpsilon: z
    .boolean()
    .default(false)
    .describe("epsilons are in multiples of the mean norm of the vocabulary's vectors; results say them as they are"),
  epsilons: z
    .array(z.number().min(0).max(MAX_EPSILON))
    .default([])
    .describe("radii of the perturbation: result rows for the largest, a curve of all; the attack's own where empty"),
})
export type GenerateOptions = z.input<typeof GenerateOptions>
/** The same with every default filled in. */
export type GenerateSettings = z.output<typeof GenerateOptions>
