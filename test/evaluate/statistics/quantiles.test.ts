import { describe, expect, it } from 'vitest'
import { MOST_EXACT, QUANTILE_ERROR, Quantiles } from '#src/evaluate/statistics/quantiles.js'
import { normals } from '../../attacks/small-victims.js'

const QS = [0, 0.05, 0.5, 0.95, 1]

function quantilesOf(values: Iterable<number>): Quantiles {
  const quantiles = new Quantiles()
  for (const value of values) quantiles.add(value)
  return quantiles
}

/** Of sorted values, linear between the two nearest. */
function sortedQuantile(sorted: Float64Array, q: number): number {
  const place = q * (sorted.length - 1)
  const below = sorted[Math.floor(place)]
  return below + (sorted[Math.ceil(place)] - below) * (place - Math.floor(place))
}

describe('quantiles', () => {
  it('of four numbers are as NumPy has them', () => {
    const quantiles = quantilesOf([4, -1, 2, 0.5])
    // numpy.quantile([4, -1, 2, 0.5], [0, 0.05, 0.5, 0.95, 1])
    expect(QS.map((q) => quantiles.quantile(q))).toEqual([
      -1,
      expect.closeTo(-0.775, 12),
      1.25,
      expect.closeTo(3.7, 12),
      4,
    ])
    expect(quantiles.mean).toBe(1.375)
  })

  it.each<[string, (normal: number, i: number) => number]>([
    ['of both signs', (x) => x],
    ['over ten powers of ten', (x) => Math.exp(4 * x)],
    ['all negative', (x) => -Math.exp(x)],
    ['whole', (_, i) => 1 + (i % 3)],
  ])('of 50,000 numbers that are %s are off by at most 0.1%% of the sorted ones', (_, make) => {
    const values = Float64Array.from(normals(5 * MOST_EXACT, 7), make)
    const quantiles = quantilesOf(values)
    const sorted = values.toSorted()
    for (const q of QS) {
      const expected = sortedQuantile(sorted, q)
      expect(Math.abs(quantiles.quantile(q) - expected)).toBeLessThanOrEqual(
        QUANTILE_ERROR * 1.001 * Math.abs(expected),
      )
    }
  })

  it('are exact up to 10,000 numbers, and 0 where the numbers are', () => {
    const values = Float64Array.from(normals(MOST_EXACT, 3))
    expect(quantilesOf(values).quantile(0.95)).toBe(sortedQuantile(values.toSorted(), 0.95))
    expect(quantilesOf(new Array<number>(MOST_EXACT + 1).fill(0)).quantile(0.5)).toBe(0)
  })

  it('do not depend on the order of the numbers', () => {
    const values = Float64Array.from(normals(MOST_EXACT + 1000, 5))
    const [forth, back] = [quantilesOf(values), quantilesOf(values.toReversed())]
    for (const q of QS) expect(back.quantile(q)).toBe(forth.quantile(q))
  })
})
