import type { AttackedRow } from '../attack-run.js'
import type { AttackResult } from '../result.js'
import type { AttackSummary } from '../summary.js'
import { type AttackWithin, CurvePointBuilder } from './curve.js'

/** What a summary says that stands in no result row. */
export type Totals = Pick<AttackSummary, 'rejectedCandidates' | 'flipsBeforeSnap' | 'curve'>

/** Adds up what came of the rows beside their results. */
export class RunTotals {
  readonly #points: readonly CurvePointBuilder[]
  #rejected = 0
  #flipsUnsnapped = 0

  /** @param within the attack within each epsilon, rising */
  constructor(
    within: readonly AttackWithin[],
    readonly snap: boolean,
  ) {
    this.#points = within.flatMap(({ epsilon }) => (epsilon === undefined ? [] : [new CurvePointBuilder(epsilon)]))
  }

  add({ rejected, flippedUnsnapped, within }: AttackedRow): void {
    this.#rejected += rejected
    if (flippedUnsnapped) this.#flipsUnsnapped++
    this.#points.forEach((point, i) => {
      point.add(within[i])
    })
  }

  /** Adds a row of an interrupted run, of which only the result is known: all that a curve of one point needs. */
  addResult({ resultType, groundTruthOutput, perturbedOutput, exactMinimum }: AttackResult): void {
    const right = groundTruthOutput === undefined ? undefined : perturbedOutput === groundTruthOutput
    const flipped = resultType === 'Successful'
    for (const point of this.#points) point.add({ attacked: resultType !== 'Skipped', flipped, right, exactMinimum })
  }

  /** @param complete whether every row has been added */
  build(complete: boolean): Totals {
    return {
      rejectedCandidates: complete ? this.#rejected : null,
      flipsBeforeSnap: this.snap ? this.#flipsUnsnapped : null,
      curve: this.#points.map((point) => point.build()),
    }
  }
}
