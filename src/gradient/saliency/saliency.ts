import { checkBatch, checkLabels } from '../check-batch.js'
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
 * Needs a TensorFlow.js backend in use unless the victim is linear.
 * @param labels [B], in [0, K)
 * @throws RangeError for an example of no words, a label outside [0, K), or steps that are no whole number above 0
 */
export function saliency(
  victim: Victim,
  batch: EmbeddedBatch,
  labels: Int32Array,
  { method, scalar = 'logit', steps = 32 }: SaliencyOptions,
): Float64Array {
  checkBatch(batch)
  checkLabels(batch, labels, victim.labels.length)
  if (!(Number.isInteger(steps) && steps > 0)) throw new RangeError(`${steps} steps: a whole number above 0 is needed`)
  const read = scalarOf(victim, labels, scalar)
  if (method === 'gradient-norm') return gradientNorm(read, batch)
  if (method === 'gradient-times-input') return gradientTimesInput(read, batch)
  return integratedGradients(read, batch, steps)
}
