import type { Share } from '../evaluate/statistics/statistics.js'

/** What stands where there is nothing to say. */
export const NOTHING = '–'

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

/** 12,345. */
export function count(value: number | null | undefined): string {
  return isNumber(value) ? whole.format(value) : NOTHING
}

/** A measure with three significant digits, or all of its whole ones: 2.5e-4, 0.0333, 2.57, 12,345. */
export function measure(value: number | null | undefined): string {
  if (!isNumber(value)) return NOTHING
  const size = Math.abs(value)
  if (size >= 1000) return whole.format(value)
  if (size !== 0 && size < 1e-3) return value.toExponential(1)
  return String(Number(value.toPrecision(3)))
}

/** A tick of an axis of epsilons, six letters long as a rule: 0.05, 2, 200000, 2e-8, 1e+6. */
export function epsilonText(epsilon: number): string {
  const text = String(Number(epsilon.toPrecision(3)))
  return text.length <= 6 ? text : epsilon.toExponential().replace(/(\.\d\d)\d*/, '$1')
}

/** 0.9342 is 93.4%. */
export function percent(share: number | null | undefined, digits = 1): string {
  return isNumber(share) ? `${(100 * share).toFixed(digits)}%` : NOTHING
}

/** How much more than the least was changed: 0.152 is 15.2%, 40.497 is 4,050%. */
export function gapText(gap: number | null | undefined): string {
  return isNumber(gap) ? `${measure(100 * gap)}%` : NOTHING
}

/** The 95% interval of a share: 90.1–95.7. */
export function interval({ interval }: Share): string {
  return interval === null ? '' : `${(100 * interval.low).toFixed(1)}–${(100 * interval.high).toFixed(1)}`
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
