import { type Share, shareOf } from '../evaluate/statistics/statistics.js'
import type { AttackSummary } from '../evaluate/summary.js'
import type { BoundPoint } from './report-input.js'

/** What the plots show: accuracy where there are true labels, else the share of attacked rows that keep their label. */
export type CurveMeasure = 'accuracy' | 'kept'

export interface CurveValue {
  readonly epsilon: number
  readonly share: number
  /** Its 95% interval. */
  readonly low: number
  readonly high: number
}

/** The one measure that all of these can be drawn in. */
export function curveMeasure(summaries: readonly AttackSummary[]): CurveMeasure {
  const known = summaries.every(({ against, accuracyBefore }) => against === 'truth' && accuracyBefore.of > 0)
  return known ? 'accuracy' : 'kept'
}

/** The measured curve, from epsilon 0 on. */
export function measuredCurve(summary: AttackSummary, measure: CurveMeasure): CurveValue[] {
  const attacked = summary.successRate.of
  const start =
    measure === 'accuracy' ? curveValue(0, summary.accuracyBefore) : { epsilon: 0, share: 1, low: 1, high: 1 }
  const rest = summary.curve.map(({ epsilon, flips, accuracy }) =>
    curveValue(epsilon, measure === 'accuracy' ? accuracy : shareOf(attacked - flips, attacked)),
  )
  return [start, ...rest].filter((value) => value !== undefined)
}

function curveValue(epsilon: number, { share, interval }: Share): CurveValue | undefined {
  return share === null || interval === null ? undefined : { epsilon, share, ...interval }
}

/**
 * What the best attack leaves at the summary's own epsilons; empty where it is not known at each of them, and
 * for perturbations brought back to words, which no closed form speaks of.
 */
export function boundAtEpsilons(summary: AttackSummary, measure: CurveMeasure): BoundPoint[] {
  if (summary.snap) return []
  const points = summary.curve.flatMap(({ epsilon, exact }) =>
    exact === null ? [] : [{ epsilon, share: left(summary, measure, exact.count) }],
  )
  if (points.length === 0 || points.length < summary.curve.length) return []
  return [{ epsilon: 0, share: left(summary, measure, 0) }, ...points]
}

/** Points of a bound from rows: more than a plot has room to show apart. */
const BOUND_POINTS = 240

/** What the best attack leaves, evenly over 0 to the summary's largest epsilon, of rows as they come. */
export class BoundFromMinima {
  readonly #epsilons: readonly number[]
  /** Rows by the first point at which they flip. */
  readonly #flips: Float64Array
  #rows = 0

  constructor(
    readonly summary: AttackSummary,
    readonly measure: CurveMeasure,
  ) {
    const largest = summary.curve.at(-1)?.epsilon ?? 0
    this.#epsilons = Array.from({ length: BOUND_POINTS + 1 }, (_, i) => (i / BOUND_POINTS) * largest)
    this.#flips = new Float64Array(BOUND_POINTS + 1)
  }

  /** @param minimum least norm that flips an attacked row */
  add(minimum: number): void {
    this.#rows++
    const point = this.#epsilons.findIndex((epsilon) => minimum <= epsilon)
    if (point >= 0) this.#flips[point]++
  }

  /** Undefined where a row's least norm is unknown, there is no curve, or it is of words. */
  build(): BoundPoint[] | undefined {
    const { snap, curve, successRate } = this.summary
    if (snap || curve.length === 0 || this.#rows === 0 || this.#rows !== successRate.of) return undefined
    let flipped = 0
    return this.#epsilons.map((epsilon, i) => {
      flipped += this.#flips[i]
      return { epsilon, share: left(this.summary, this.measure, flipped) }
    })
  }
}

/** The share left when `flipped` of the attacked rows are flipped. Rows attacked for their true label were right. */
function left({ accuracyBefore, successRate }: AttackSummary, measure: CurveMeasure, flipped: number): number {
  const { count, of } = measure === 'accuracy' ? accuracyBefore : { count: successRate.of, of: successRate.of }
  return (count - flipped) / of
}
