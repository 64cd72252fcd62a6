import type { AttackedRow } from './attack-run.js'
import { type AttackWithin, CurvePointBuilder } from './curve.js'
import type { AttackSummary } from './summary.js'

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

  /** @param complete whether every row has been added */
  build(complete: boolean): Totals {
    return {
      rejectedCandidates: complete ? this.#rejected : null,
      flipsBeforeSnap: this.snap ? this.#flipsUnsnapped : null,
      curve: this.#points.map((point) => point.build()),
    }
  }
}
