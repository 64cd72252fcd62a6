import { minimalNorm } from './minimal-norm.js'
import { minimalSwaps } from './minimal-swaps.js'

/** The closed forms, for victims whose logits are affine in the mean or sum of the embedded words. */
export const exact = { minimalNorm, minimalSwaps }
