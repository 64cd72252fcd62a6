import { z } from 'zod'
import type { AttackResult } from '../result.js'
import { Quantiles } from './quantiles.js'
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

/** Mean and median over some rows (of more than 10,000 the median to 0.1%); null where there were none. */
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
  /** found / exact minimum - 1 over the successful rows whose minimum is known; its quantiles as in `Average`. */
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
const OPTIMUM_TOLERANCE = 1e-3

/** More swaps than these are not summed up, however many an attack may make. */
const MOST_CERTIFIED = 20

/** More reasons than these are summed up as `other`: a victim's own code may tell a new one for each row. */
const MOST_REASONS = 20

const AVERAGED = ['wordsChanged', 'perturbedPercent', 'l1', 'l2', 'linf', 'gap'] as const

/** How many swaps an attack may make of one row, where that is an option of it. */
export function mostSwapsOf({ options }: { readonly options: Readonly<Record<string, unknown>> }): number | undefined {
  return typeof options.maxWords === 'number' ? options.maxWords : undefined
}

/** Adds up result rows as they come, in memory that does not grow with them. */
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
  readonly #measured = {
    wordsChanged: new Quantiles(),
    perturbedPercent: new Quantiles(),
    l1: new Quantiles(),
    l2: new Quantiles(),
    linf: new Quantiles(),
    gap: new Quantiles(),
  }
  #atOptimum = 0

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
      if (value !== undefined) this.#measured[name].add(value)
    }
    if (result.gap !== undefined && result.gap <= OPTIMUM_TOLERANCE) this.#atOptimum++
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
      gap: gapOf(this.#measured.gap, this.#atOptimum),
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

function averageOf(values: Quantiles): Average {
  return values.count === 0 ? null : { mean: values.mean, median: values.quantile(0.5) }
}

function gapOf(gaps: Quantiles, atOptimum: number): Statistics['gap'] {
  if (gaps.count === 0) return null
  return {
    rows: gaps.count,
    mean: gaps.mean,
    median: gaps.quantile(0.5),
    percentile95: gaps.quantile(0.95),
    atOptimum,
  }
}
