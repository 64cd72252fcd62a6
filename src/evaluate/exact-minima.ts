import type { Attack } from '../attacks/attack.js'
import { NORMS } from '../base/norm.js'
import { minimalNorm } from '../exact/minimal-norm.js'
import { ExactSwaps } from '../exact/minimal-swaps.js'
import { ReadOnlyVictim } from '../gradient/read-only-victim.js'
import type { Victim } from '../gradient/victim.js'
import type { RowBefore } from './before-attack.js'
import type { Goal } from './goal.js'
import type { Yardstick } from './row-result.js'

/** The least that flips an attackable row, in the attack's own measure; undefined where nothing exact is known. */
export type ExactMinima = (row: RowBefore) => Yardstick | undefined

const UNKNOWN: ExactMinima = () => undefined

/**
 * Exact minima are known for linear victims: the norm of a perturbation of the positions that the attack may change, and
 * the number of swaps among the attack's own candidates. With a target they are known only between two labels.
 */
export function exactMinima(victim: Victim, attack: Attack, goal: Goal): ExactMinima {
  const { linear } = victim
  if (linear === undefined) return UNKNOWN
  if (attack.kind === 'continuous') {
    const norm = NORMS.find((name) => name === attack.options.norm)
    if (norm === undefined) return UNKNOWN
    return ({ judgement, encoded, underAttack }) => {
      const positions = encoded.ids.length
      const changeable = attack.changeable?.(positions)
      const least = minimalNorm(linear, judgement!.logits, positions, underAttack!, norm, goal.target, changeable)
      return least.isExact ? { measure: norm, minimum: least.norm } : undefined
    }
  }
  const space = attack.space?.(new ReadOnlyVictim(victim, 0), { seed: 0 })
  if (space === undefined || space.couplesPositions) return UNKNOWN
  if (goal.target !== undefined && victim.labels.length > 2) return UNKNOWN
  const search = new ExactSwaps(linear, victim.embeddings)
  return ({ judgement, encoded, underAttack }) => {
    const candidates = space.candidates(encoded)
    const least = search.minimal({ ids: encoded.ids, candidates, logits: judgement!.logits, label: underAttack! })
    if (least === undefined) return { measure: 'wordsChanged', minimum: Number.POSITIVE_INFINITY }
    // The search does not ask whether the text reads back as the swapped words: where it does not, this is no minimum.
    const isExact = space.allowsTogether(encoded, least.swaps)
    return isExact ? { measure: 'wordsChanged', minimum: least.swaps.length } : undefined
  }
}
