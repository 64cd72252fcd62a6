import type { Embeddings } from '../embeddings/embeddings.js'
import type { LinearForm } from '../gradient/victim.js'
import { type Certificate, certificate } from './certificate.js'
import { minimalNorm } from './minimal-norm.js'
import { ExactSwaps, minimalSwaps, type SwapProblem } from './minimal-swaps.js'
import { minimalTargetedNorm } from './minimal-targeted-norm.js'

/** What is exact for victims whose logits are affine in the mean or sum of the embedded words. */
export const exact = {
  minimalNorm,
  minimalTargetedNorm,
  minimalSwaps,
  /** {@link certificate} for a single text. */
  certificate: (linear: LinearForm, embeddings: Embeddings, problem: SwapProblem, atMost?: number): Certificate =>
    certificate(new ExactSwaps(linear, embeddings), problem, atMost),
}
