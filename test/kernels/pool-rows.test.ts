import { describe, expect, it } from 'vitest'
import { CounterStream, Purpose } from '#src/base/random.js'
import { poolOne, poolRows } from '#src/kernels/pool-rows.js'

const draws = new CounterStream(5, Purpose.Demonstration, 0)

describe('poolRows', () => {
  it.each([1, 2, 7, 8, 9, 16, 100, 40_000])(
    'of %i dimensions gives what plain loops give, to the bit, for short runs, long ones and many',
    (D) => {
      const long = Math.ceil(33_000 / D)
      const lengths = [
        1,
        2,
        5,
        long,
        3,
        long + 1,
        1,
        ...Array.from({ length: D > 1_000 ? 3 : 150 }, (_, b) => 1 + (b % 4)),
      ]
      const offsets = Int32Array.of(2, ...lengths.map((_, b) => 2 + lengths.slice(0, b + 1).reduce((a, n) => a + n)))
      const rows = Float32Array.from({ length: offsets[lengths.length] * D }, () => draws.normal())
      for (const mean of [true, false]) {
        const [first, last] = [1, lengths.length]
        const found = new Float64Array((last - first) * D)
        poolRows(rows, offsets, D, mean, first, last, found)
        const expected = new Float64Array(found.length)
        for (let b = first; b < last; b++) {
          poolOne(rows.subarray(offsets[b] * D, offsets[b + 1] * D), D, mean, expected, (b - first) * D)
        }
        expect(found).toEqual(expected)
      }
    },
  )

  it('sums in float64, in order: 1 is not lost beside 2^30', () => {
    const into = new Float64Array(2)
    poolRows(Float32Array.of(2 ** 30, 1, 1, 2 ** 30, -(2 ** 30), 0), Int32Array.of(0, 3), 2, false, 0, 1, into)
    expect([...into]).toEqual([1, 2 ** 30 + 1])
    poolRows(Float32Array.of(2 ** 30, 1, 1, 2 ** 30, -(2 ** 30), 0), Int32Array.of(0, 3), 2, true, 0, 1, into)
    expect([...into]).toEqual([1 / 3, (2 ** 30 + 1) / 3])
  })
})
