import { type Norm, normOf } from '../../base/norm.js'
import { highestOther } from '../../gradient/prediction.js'
import type { AttackExample } from '../attack.js'
import { type Loss, leadOf } from './losses.js'
import { DUAL } from './norms/dual.js'

/**
 * The leads whose zeros are the boundaries that DeepFool looks at: those of its rivals over the label, or of the target
 * over the label that is highest beside it.
 */
export function boundaries(
  logits: Float32Array,
  rivals: readonly number[],
  { label, target }: AttackExample,
): readonly Loss[] {
  if (target !== undefined) return [leadOf(target, highestOther(logits, target))]
  return rivals.map((rival) => leadOf(rival, label))
}

/**
 * Adds `share` of the way to the nearest of the boundaries, taken as linear: with f its lead and w its gradient
 * |f| / |w|₂² w in L2, |f| / |w|₁ sign(w) in Linf (DeepFool, algorithm 2 and equation 11). One whose gradient is 0 is
 * nowhere.
 */
export function addBoundaryStep(
  sum: Float64Array,
  leads: readonly number[],
  gradients: readonly ArrayLike<number>[],
  norm: Norm,
  share = 1,
): void {
  const sizes = gradients.map((gradient) => normOf(DUAL[norm], gradient))
  const distances = leads.map((lead, k) => (sizes[k] === 0 ? Infinity : Math.abs(lead) / sizes[k]))
  const nearest = distances.indexOf(Math.min(...distances))
  if (!Number.isFinite(distances[nearest])) return
  const length = share * distances[nearest]
  const w = gradients[nearest]
  if (norm === 'l2') for (let i = 0; i < sum.length; i++) sum[i] += (length / sizes[nearest]) * w[i]
  else for (let i = 0; i < sum.length; i++) sum[i] += length * Math.sign(w[i])
}
