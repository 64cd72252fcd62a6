import type { Attack } from '../../attacks/attack.js'
import { isFlip } from '../../gradient/prediction.js'

/**
 * Whether a row is what its attack wants: a flip or, of an attack that keeps the label, words gone and the label still there.
 * @param attack undefined where nobody knows it: then it wants flips
 * @param underAttack the label under attack
 */
export function succeeds(
  attack: Pick<Attack, 'keepsLabel'> | undefined,
  predicted: number,
  underAttack: number,
  target: number | undefined,
  wordsChanged: number | undefined,
): boolean {
  if (!attack?.keepsLabel) return isFlip(predicted, underAttack, target)
  return predicted === underAttack && wordsChanged !== undefined && wordsChanged > 0
}
