import { z } from 'zod'
import type { AttackResult } from './result.js'
import { wilsonInterval } from './wilson.js'

const number = z.number()
const count = z.int().nonnegative()

/** `count` of `of` rows, with its 95% Wilson interval; share and interval are null when `of` is 0. */
export const Share = z.object({
  count,
  of: count,
  share: number.nullable(),
  interval: z.object({ low: number, high: number }).nullable(),
})
export type Share = z.output<typeof Share>

export function shareOf(count: number, of: number): Share {
  return { count, of, share: of === 0 ? null : count / of, interval: wilsonInterval(count, of) }
}

/** Mean and median over some rows; null where there were none. */
const Average = z.object({ mean: number, median: number }).nullable()
export type Average = z.output<typeof Average>

/** What the rows of a result say together. */
export const Statistics = z.object({
  rows: count,
  successful: count,
  failed: count,
  skipped: count,
  /** Rows with a ground truth that the victim got right before the attack. */
  accuracyBefore: Share,
  /** The same rows, judged after the attack; a skipped row counts as it was. */
  accuracyUnderAttack: Share,
  /** Successful rows of those attacked, that is, of those right at first. */
  successRate: Share,
  /** Over the successful rows. */
  wordsChanged: Average,
  perturbedPercent: Average,
  l1: Average,
  l2: Average,
  linf: Average,
  /** found / exact minimum - 1 over the successful rows whose minimum is known. */
  gap: z.object({ rows: count, mean: number, median: number, percentile95: number, atOptimum: count }).nullable(),
  /**
   * For 1, 2, … swaps, as many as the attack may make: rows of which it is proven that no set of so many flips them, of
   * the attacked rows of which that is known. Empty where it is known of none.
   */
  certified: z.array(Share.extend({ swaps: count })),
  /** Rows by the reason for which they were skipped, or nothing could be done with them. */
  reasons: z.record(z.string(), count),
  /** Means over the attacked rows. */
  forwardsPerRow: number.nullable(),
  gradientsPerRow: number.nullable(),
  queriesPerRow: number.nullable(),
  /** Wall-clock seconds of all rows together. */
  seconds: number,
  rowsPerSecond: number.nullable(),
})
export type Statistics = z.output<typeof Statistics>

/** A gap up to this counts as the optimum: float32 moves a norm by some 1e-7, an attack's overshoot by 1e-4. */
export const OPTIMUM_TOLERANCE = 1e-3

/** More swaps than these are not summed up, however many an attack may make. */
const MOST_CERTIFIED = 20

/** More reasons than these are summed up as `other`: a victim's own code may tell a new one for each row. */
const MOST_REASONS = 20

const AVERAGED = ['wordsChanged', 'perturbedPercent', 'l1', 'l2', 'linf', 'gap'] as const

/** How many swaps an attack may make of one row, where that is an option of it. */
export function mostSwapsOf({ options }: { readonly options: Readonly<Record<string, unknown>> }): number | undefined {
  return typeof options.maxWords === 'number' ? options.maxWords : undefined
}

/** Adds up result rows as they come. Only what the successful rows measured is kept, for the medians. */
export class StatisticsBuilder {
  #rows = 0
  readonly #types = { Successful: 0, Failed: 0, Skipped: 0 }
  #withTruth = 0
  #rightBefore = 0
  #rightAfter = 0
  #forwards = 0
  #gradients = 0
  #seconds = 0
  /** Rows by their certified swaps, up to the most that are asked about. */
  readonly #certified: number[]
  readonly #reasons = new Map<string, number>()
  readonly #measured: Record<(typeof AVERAGED)[number], number[]> = {
    wordsChanged: [],
    perturbedPercent: [],
    l1: [],
    l2: [],
    linf: [],
    gap: [],
  }

  /** @param mostSwaps how many swaps the attack may make */
  constructor(mostSwaps = 0) {
    this.#certified = new Array<number>(Math.min(mostSwaps, MOST_CERTIFIED) + 1).fill(0)
  }

  add(result: AttackResult): void {
    this.#rows++
    this.#types[result.resultType]++
    this.#seconds += result.seconds
    if (result.groundTruthOutput !== undefined) {
      this.#withTruth++
      if (result.originalOutput === result.groundTruthOutput) this.#rightBefore++
      if (result.perturbedOutput === result.groundTruthOutput) this.#rightAfter++
    }
    this.#forwards += result.numForwards
    this.#gradients += result.numGradients
    if (result.certifiedSwaps !== undefined)
      this.#certified[Math.min(result.certifiedSwaps, this.#certified.length - 1)]++
    if (result.reason !== undefined) this.#addReason(result.reason)
    if (result.resultType !== 'Successful') return
    for (const name of AVERAGED) {
      const value = result[name]
      if (value !== undefined) this.#measured[name].push(value)
    }
  }

  #addReason(reason: string): void {
    const name = this.#reasons.size < MOST_REASONS || this.#reasons.has(reason) ? reason : 'other'
    this.#reasons.set(name, (this.#reasons.get(name) ?? 0) + 1)
  }

  #certifiedShares(): Statistics['certified'] {
    const known = this.#certified.reduce((sum, rows) => sum + rows, 0)
    if (known === 0) return []
    return Array.from(this.#certified.keys(), (swaps) => {
      const rows = this.#certified.slice(swaps).reduce((sum, each) => sum + each, 0)
      return { swaps, ...shareOf(rows, known) }
    }).slice(1)
  }

  build(): Statistics {
    const { Successful: successful, Failed: failed, Skipped: skipped } = this.#types
    const attacked = successful + failed
    const perAttacked = (total: number) => (attacked === 0 ? null : total / attacked)
    return {
      rows: this.#rows,
      successful,
      failed,
      skipped,
      accuracyBefore: shareOf(this.#rightBefore, this.#withTruth),
      accuracyUnderAttack: shareOf(this.#rightAfter, this.#withTruth),
      successRate: shareOf(successful, attacked),
      wordsChanged: averageOf(this.#measured.wordsChanged),
      perturbedPercent: averageOf(this.#measured.perturbedPercent),
      l1: averageOf(this.#measured.l1),
      l2: averageOf(this.#measured.l2),
      linf: averageOf(this.#measured.linf),
      gap: gapOf(this.#measured.gap),
      certified: this.#certifiedShares(),
      reasons: Object.fromEntries(this.#reasons),
      forwardsPerRow: perAttacked(this.#forwards),
      gradientsPerRow: perAttacked(this.#gradients),
      queriesPerRow: perAttacked(this.#forwards + this.#gradients),
      seconds: this.#seconds,
      rowsPerSecond: this.#seconds > 0 ? this.#rows / this.#seconds : null,
    }
  }
}

function averageOf(values: readonly number[]): Average {
  return values.length === 0 ? null : { mean: meanOf(values), median: quantileOf(values, 0.5) }
}

function gapOf(gaps: readonly number[]): Statistics['gap'] {
  if (gaps.length === 0) return null
  return {
    rows: gaps.length,
    mean: meanOf(gaps),
    median: quantileOf(gaps, 0.5),
    percentile95: quantileOf(gaps, 0.95),
    atOptimum: gaps.filter((gap) => gap <= OPTIMUM_TOLERANCE).length,
  }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Linear between the two nearest values (type 7 of Hyndman and Fan 1996, NumPy's default). */
function quantileOf(values: readonly number[], q: number): number {
  const sorted = Float64Array.from(values).sort()
  const place = q * (sorted.length - 1)
  const below = sorted[Math.floor(place)]
  return below + (sorted[Math.ceil(place)] - below) * (place - Math.floor(place))
}
