import { z } from 'zod'
import { OBJECTIVES } from '../gradient/objective.js'
import { SALIENCIES, SCALARS } from '../gradient/saliency/names.js'

/** What is read of each row. Every field is a flag of the command as well. */
export const ReadGradientsOptions = z.strictObject({
  objective: z.enum(OBJECTIVES).default('cross-entropy').describe('the loss whose gradient is read'),
  saliency: z.enum(SALIENCIES).default('gradient-norm').describe('how much each word matters'),
  scalar: z.enum(SCALARS).default('logit').describe('what saliency explains: the logit of the label, or a loss at it'),
  steps: z.int().min(1).max(10_000).default(32).describe('points on the line of integrated gradients'),
  saveGradients: z.boolean().default(false).describe('save the gradient of each embedded input beside the rows'),
  batchSize: z.int().min(1).max(10_000).default(64).describe('rows read together; no effect on the result'),
  limit: z.int().min(0).optional().describe('read only the first N rows'),
  resume: z.boolean().default(false).describe('go on with what an interrupted run left'),
  force: z
    .boolean()
    .default(false)
    .describe('write over gradients that stand there, an interrupted run, or something else'),
})
export type ReadGradientsOptions = z.input<typeof ReadGradientsOptions>
/** The same with every default filled in. */
export type ReadGradientsSettings = z.output<typeof ReadGradientsOptions>
