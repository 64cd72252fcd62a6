import type { EmbeddedBatch, Victim } from '../victim.js'
import { gradientNorm } from './gradient-norm.js'
import { gradientTimesInput } from './gradient-times-input.js'
import { integratedGradients } from './integrated-gradients.js'
import type { Saliency, Scalar } from './names.js'
import { scalarOf } from './scalar.js'

export interface SaliencyOptions {
  readonly method: Saliency
  /** What is explained; the label's `logit` unless given. */
  readonly scalar?: Scalar
  /** Points on the line of integrated gradients; 32 unless given. */
  readonly steps?: number
}

/**
 * How much each position of embedded examples matters for F at their labels, [T]; zero where F does not depend on it.
 * @param labels [B], in [0, K)
 * @throws RangeError for an example of no words, and for a label outside [0, K) where F is a loss
 */
export function saliency(
  victim: Victim,
  batch: EmbeddedBatch,
  labels: Int32Array,
  { method, scalar = 'logit', steps = 32 }: SaliencyOptions,
): Float64Array {
  const read = scalarOf(victim, labels, scalar)
  if (method === 'gradient-norm') return gradientNorm(read, batch)
  if (method === 'gradient-times-input') return gradientTimesInput(read, batch)
  return integratedGradients(read, batch, steps)
}
