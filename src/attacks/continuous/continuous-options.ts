import { z } from 'zod'
import { NORMS } from '../../base/norm.js'
import { OBJECTIVES } from '../../gradient/objective.js'
import { OBJECTIVES as CONTINUOUS_OBJECTIVES } from './losses.js'
import { positionsOption } from './positions.js'

/** Far beyond any embedding, and far from where float32 sums of squares are no longer finite. */
export const MAX_EPSILON = 1e6

const radius = z.number().nonnegative().max(MAX_EPSILON)

/** Options that all continuous attacks within a ball share. */
export const ballOptions = {
  epsilon: radius.default(0.1).describe('radius of the ball around the embedded text, over all its positions together'),
  norm: z.enum(NORMS).default('linf').describe('the norm of the ball'),
  positions: positionsOption,
}

/** Options that all attacks share which look for the smallest perturbation. */
export const minimalOptions = {
  epsilon: radius.optional().describe('largest perturbation that counts; none is too large if not given'),
  norm: z.enum(NORMS).default('l2').describe('the norm that is made small'),
  positions: positionsOption,
}

/** The loss an attack on words follows; what is best differs from attack to attack, so each names its own default. */
export const objectiveOption = z
  .enum(OBJECTIVES)
  .describe('the loss it raises (or lowers, towards a target): cross-entropy, or the margin of the best other label')

/** The loss a continuous attack follows. */
export const continuousObjective = z
  .enum(CONTINUOUS_OBJECTIVES)
  .describe(
    'the loss it raises: cross-entropy (lowered, towards a target), the margin of the highest other label (or of the ' +
      'target), that of the label which is nearest by the gradients at the text, or dlr, the margin over a distance of ' +
      'logits, for at least 3 labels (4 with a target)',
  )
