import { describe, expect, it } from 'vitest'
import { wilsonInterval } from '#src/evaluate/statistics/wilson.js'

describe('wilsonInterval', () => {
  // 81 of 263 is the worked example of Newcombe 1998 ("Two-sided confidence intervals for the single proportion",
  // table I, method 3), as are 15 of 148, 0 of 20 and 1 of 29.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
    [0, 10, 0, 0.2775],
    [10, 10, 0.7225, 1],
    [5, 10, 0.2366, 0.7634],
  ])('%i of %i is %f to %f, within 0.00005', (count, of, low, high) => {
    const interval = wilsonInterval(count, of)!
    expect(Math.abs(interval.low - low)).toBeLessThan(0.00005)
    expect(Math.abs(interval.high - high)).toBeLessThan(0.00005)
  })

  it('ends at exactly 0 and exactly 1', () => {
    for (let of = 1; of <= 200; of++) {
      expect(wilsonInterval(0, of)!.low).toBe(0)
      expect(wilsonInterval(of, of)!.high).toBe(1)
    }
  })

  it('solves (p - share)^2 = z^2 p (1 - p) / n, its definition, within 1e-12', () => {
    for (const [count, of] of [
      [3, 7],
      [81, 263],
      [999, 1000],
    ]) {
      const { low, high } = wilsonInterval(count, of)!
      for (const p of [low, high]) {
        expect(Math.abs((p - count / of) ** 2 - (1.959963984540054 ** 2 * p * (1 - p)) / of)).toBeLessThan(1e-12)
      }
    }
  })

  it('says nothing of nothing', () => {
    expect(wilsonInterval(0, 0)).toBeNull()
  })

  it.each([
    [2, 1],
    [-1, 3],
    [0.5, 3],
    [Number.NaN, 3],
  ])('refuses %f of %f', (count, of) => {
    expect(() => wilsonInterval(count, of)).toThrow(RangeError)
  })
})
