import type { Attack } from '../attacks/attack.js'
import type { Victim } from '../gradient/victim.js'
import type { RowBefore } from './before-attack.js'
import type { Goal } from './goal.js'
import type { Yardstick } from './row-result.js'

/** The exact minimum of a row, where one is known. */
export type ExactMinima = (row: RowBefore) => Yardstick | undefined

export function exactMinima(_victim: Victim, _attack: Attack, _goal: Goal): ExactMinima {
  return () => undefined
}
