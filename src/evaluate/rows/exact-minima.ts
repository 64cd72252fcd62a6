import type { Attack } from '../../attacks/attack.js'
import { NORMS, type Norm } from '../../base/norm.js'
import type { ListSearches } from '../../embeddings/list-searches.js'
import { ExactNorms } from '../../exact/minimal-norm.js'
import { ExactSwaps } from '../../exact/minimal-swaps.js'
import { minimalTargetedNorm } from '../../exact/minimal-targeted-norm.js'
import { OutputNorms } from '../../exact/output-norms.js'
import { ReadOnlyVictim } from '../../gradient/read-only-victim.js'
import type { LinearForm, Victim } from '../../gradient/victim.js'
import type { Goal } from '../goal.js'
import type { AttackableRow } from './before-attack.js'
import type { Yardstick } from './row-result.js'

/** The least that flips an attackable row, in the attack's own measure; undefined where nothing exact is known. */
export type ExactMinima = (row: AttackableRow) => Yardstick | undefined

const UNKNOWN: ExactMinima = () => undefined

/**
 * Exact minima are known for linear victims: the norm of a perturbation of the positions that may change, and the number
 * of swaps among the attack's own candidates, where no constraint couples them; with a target that only between two labels.
 * @param searches those of the attack: its candidates are kept with them
 */
export function exactMinima(victim: Victim, attack: Attack, goal: Goal, searches?: ListSearches): ExactMinima {
  const { linear } = victim
  if (linear === undefined) return UNKNOWN
  return attack.kind === 'continuous'
    ? minimaOfNorm(linear, attack, goal)
    : minimaOfSwaps(victim, linear, attack, goal, searches)
}

function minimaOfNorm(linear: LinearForm, attack: Attack, { target }: Goal): ExactMinima {
  const norm = normOfAttack(attack)
  if (norm === undefined) return UNKNOWN
  const norms = new ExactNorms(linear)
  const sizes = new OutputNorms(linear)
  return ({ judgement, encoded, underAttack }) => {
    const { logits } = judgement
    const positions = encoded.ids.length
    const changeable = attack.changeable?.(positions)
    const problem = { logits, positions, label: underAttack, target, changeable }
    const least =
      target === undefined || logits.length === 2
        ? norms.minimal(norm, problem)
        : minimalTargetedNorm(linear, norm, { ...problem, target }, sizes)
    return { measure: norm, minimum: least.norm }
  }
}

function normOfAttack({ ball, minimises, options }: Attack): Norm | undefined {
  return ball?.norm ?? minimises ?? NORMS.find((name) => name === options.norm)
}

function minimaOfSwaps(
  victim: Victim,
  linear: LinearForm,
  attack: Attack,
  { target }: Goal,
  searches: ListSearches | undefined,
): ExactMinima {
  const space = attack.space?.(new ReadOnlyVictim(victim, 0), { seed: 0, searches })
  if (space === undefined || space.couplesPositions) return UNKNOWN
  if (target !== undefined && victim.labels.length > 2) return UNKNOWN
  const search = new ExactSwaps(linear, victim.embeddings, searches)
  return ({ judgement, encoded, underAttack }) => {
    const candidates = space.candidates(encoded)
    const least = search.minimal({ ids: encoded.ids, candidates, logits: judgement.logits, label: underAttack })
    const measure = 'wordsChanged'
    if (least === undefined) return { measure, minimum: Infinity, certified: encoded.ids.length }
    // The search does not ask whether the text reads back as the swapped words: where it does not, this is a lower bound.
    const isExact = space.allowsTogether(encoded, least.swaps)
    return { measure, minimum: isExact ? least.swaps.length : undefined, certified: least.swaps.length - 1 }
  }
}
