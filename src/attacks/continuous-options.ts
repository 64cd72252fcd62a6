import { z } from 'zod'
import { NORMS } from '../base/norm.js'
import { OBJECTIVES } from '../gradient/objective.js'

/** Far beyond any embedding, and far from where float32 sums of squares are no longer finite. */
export const MAX_EPSILON = 1e6

/** Options that all continuous attacks within a ball share. */
export const ballOptions = {
  epsilon: z
    .number()
    .nonnegative()
    .max(MAX_EPSILON)
    .default(0.1)
    .describe('radius of the ball around the embedded text, over all its positions together'),
  norm: z.enum(NORMS).default('linf').describe('the norm of the ball'),
}

/** The loss an attack follows; what is best differs from attack to attack, so each names its own default. */
export const objectiveOption = z
  .enum(OBJECTIVES)
  .describe('the loss it raises (or lowers, towards a target): cross-entropy, or the margin of the best other label')
