import { z } from 'zod'
import { continuousObjective } from './continuous-options.js'

/** Options of projected gradient ascent, in a ball that is given or looked for. */
export const ascentOptions = {
  steps: z.int().positive().default(40).describe('steps of each run'),
  stepSize: z
    .number()
    .nonnegative()
    .optional()
    .describe('length of a step as a share of epsilon; 2.5 / steps if not given, and never more than 1 then'),
  momentum: z.number().nonnegative().default(0).describe('decay of the gradients summed so far (MI-FGSM); 0 is plain'),
  objective: continuousObjective.default('nearest'),
}

/** The length of a step as a share of the radius. */
export const stepShare = ({ steps, stepSize }: { readonly steps: number; readonly stepSize?: number }): number =>
  stepSize ?? Math.min(1, 2.5 / steps)
