import { OBJECTIVES } from '../objective.js'

export const SALIENCIES = ['gradient-norm', 'gradient-times-input', 'integrated-gradients'] as const
export type Saliency = (typeof SALIENCIES)[number]

/** What saliency explains: the logit of the label, or a loss at it. */
export const SCALARS = ['logit', ...OBJECTIVES] as const
export type Scalar = (typeof SCALARS)[number]
