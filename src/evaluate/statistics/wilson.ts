/** A range of shares, 0 <= low <= high <= 1. */
export interface Interval {
  readonly low: number
  readonly high: number
}

/** The 97.5th percentile of the standard normal: a two-sided 95% interval. */
const Z_95 = 1.959963984540054

/**
 * The 95% score interval of a share of `count` in `of` (Wilson 1927, "Probable Inference, the Law of Succession, and
 * Statistical Inference"). It stays within [0, 1] and is never empty, unlike the normal one at 0 of n and n of n.
 *
 * @returns null when `of` is 0: nothing was seen, so nothing is known
 */
export function wilsonInterval(count: number, of: number): Interval | null {
  if (!Number.isInteger(count) || !Number.isInteger(of) || count < 0 || count > of) {
    throw new RangeError(`${count} of ${of} is no share`)
  }
  if (of === 0) return null
  const share = count / of
  const shrink = 1 / (1 + Z_95 ** 2 / of)
  const centre = (share + Z_95 ** 2 / (2 * of)) * shrink
  const half = Z_95 * Math.sqrt((share * (1 - share)) / of + Z_95 ** 2 / (4 * of ** 2)) * shrink
  // At both ends the bound is exactly 0 or 1; rounding must not leave it a hair inside or outside.
  return { low: count === 0 ? 0 : centre - half, high: count === of ? 1 : centre + half }
}
