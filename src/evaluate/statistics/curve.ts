import type { Attack } from '../../attacks/attack.js'
import { UserError } from '../../base/errors.js'
import type { CurvePoint } from '../summary.js'
import { shareOf } from './statistics.js'

/** An attack within one epsilon; undefined where the attack knows none. */
export interface AttackWithin {
  readonly attack: Attack
  readonly epsilon?: number
}

/**
 * The attack within each epsilon, rising. Without epsilons it is the attack as it is.
 * @param epsilons finite, from 0 on
 * @throws UserError when the attack takes none
 */
export function withinEach(attack: Attack, epsilons: readonly number[]): AttackWithin[] {
  if (epsilons.length === 0) {
    const own = attack.options.epsilon
    return [{ attack, epsilon: typeof own === 'number' ? own : undefined }]
  }
  const rising = [...new Set(epsilons)].sort((a, b) => a - b)
  return rising.map((epsilon) => {
    const within = attack.withEpsilon?.(epsilon)
    if (within === undefined) throw new UserError(`attack ${attack.name} has no epsilon; leave --epsilon out`)
    return { attack: within, epsilon }
  })
}

/** How one row stands at one epsilon. */
export interface RowAtEpsilon {
  readonly attacked: boolean
  readonly flipped: boolean
  /** Whether the ground truth is predicted; undefined without one. */
  readonly right?: boolean
  /** The exact minimal norm, where it is known. */
  readonly exactMinimum?: number
}

/** Adds up one point of the curve accuracy against epsilon. */
export class CurvePointBuilder {
  #attacked = 0
  #flips = 0
  #withTruth = 0
  #right = 0
  #exactKnown = 0
  #exactFlips = 0

  constructor(readonly epsilon: number) {}

  add({ attacked, flipped, right, exactMinimum }: RowAtEpsilon): void {
    if (right !== undefined) this.#withTruth++
    if (right === true) this.#right++
    if (!attacked) return
    this.#attacked++
    if (flipped) this.#flips++
    if (exactMinimum === undefined) return
    this.#exactKnown++
    if (exactMinimum <= this.epsilon) this.#exactFlips++
  }

  build(): CurvePoint {
    const { count, of, share, interval } = shareOf(this.#flips, this.#attacked)
    return {
      epsilon: this.epsilon,
      flips: count,
      successRate: share,
      interval,
      accuracy: shareOf(this.#right, this.#withTruth),
      exact: this.#exactKnown === of && of > 0 ? shareOf(this.#exactFlips, of) : null,
    }
  }
}
