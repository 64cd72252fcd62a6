import type { Share, Statistics } from '../../src/evaluate/statistics/statistics.js'

/** What the rows of a result say together, in a few lines for people. */
export function statisticsLines(name: string, statistics: Statistics): string[] {
  const { rows, successRate, skipped, accuracyBefore, accuracyUnderAttack, gap, queriesPerRow, certified } = statistics
  const lines = [
    `${name}: flipped ${shareText(successRate)} of those attacked; ${rows} rows, ${skipped} skipped`,
    `accuracy ${shareText(accuracyBefore)} before, ${shareText(accuracyUnderAttack)} under attack`,
  ]
  if (queriesPerRow !== null) lines.push(`${queriesPerRow.toFixed(1)} queries a row`)
  if (gap !== null) {
    const { median, percentile95, atOptimum, rows } = gap
    const above = `${gapText(median)} in the median and ${gapText(percentile95)} at the 95th percentile`
    lines.push(`above the exact minimum by ${above}, ${atOptimum} of ${rows} at it`)
  }
  for (const { swaps, ...share } of certified.slice(0, 2)) {
    lines.push(`no ${swaps === 1 ? 'swap' : `${swaps} swaps`} can flip ${shareText(share)}`)
  }
  const told = Object.entries(statistics.reasons).filter(([reason]) => !USUAL.includes(reason))
  for (const [reason, count] of told) lines.push(`${count} ${count === 1 ? 'row' : 'rows'}: ${reason}`)
  return lines
}

/** Reasons for which rows are skipped every day. */
const USUAL = ['wrong before the attack', 'at the target already']

function shareText({ count, of, share, interval }: Share): string {
  if (share === null || interval === null) return `${count} of ${of}`
  return `${count} of ${of} (${percent(share)}, 95% interval ${percent(interval.low)} to ${percent(interval.high)})`
}

/** Gaps of attacks that are nearly at the optimum differ in the third decimal; of those that are far off none matters. */
const gapText = (gap: number): string =>
  `${gap < 1 ? (100 * gap).toFixed(3) : Math.round(100 * gap).toLocaleString('en')}%`

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`
