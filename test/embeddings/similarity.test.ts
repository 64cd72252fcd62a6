import { describe, expect, it } from 'vitest'
import { cosine, ranks, spearman } from '#src/embeddings/similarity.js'

describe('cosine', () => {
  it.each([
    [[1, 0], [0, 5], 0],
    [[1, 2], [2, 4], 1],
    [[1, 2], [-3, -6], -1],
    [[1, 0], [1, 1], Math.SQRT1_2],
    [[0, 0], [1, 1], 0],
    [[1e-30, 0], [1e30, 0], 1],
  ])('of %j and %j is %d, to 1e-12', (a, b, expected) => {
    expect(cosine(a, b)).toBeCloseTo(expected, 12)
    expect(Math.abs(cosine(a, b))).toBeLessThanOrEqual(1)
  })
})

it('equal values share the mean of their ranks', () => {
  expect([...ranks([10, 30, 20, 20, 20, 5])]).toEqual([2, 6, 4, 4, 4, 1])
})

describe('spearman', () => {
  it.each<[string, number[], number[], number | undefined]>([
    ['any rising function', [1, 2, 3, 4], [1, 8, 27, 64], 1],
    ['any falling function', [1, 2, 3, 4], [0, -1, -100, -101], -1],
    // 1 - 6 sum d^2 / (n (n^2 - 1)) with sum d^2 = 194, n = 10.
    [
      'IQ against hours of television',
      [106, 100, 86, 101, 99, 103, 97, 113, 112, 110],
      [7, 27, 2, 50, 28, 29, 20, 12, 6, 17],
      1 - (6 * 194) / 990,
    ],
    ['ties: Pearson of (1, 2.5, 2.5, 4) and (1, 3, 2, 4)', [1, 2, 2, 3], [1, 3, 2, 4], 4.5 / Math.sqrt(4.5 * 5)],
    ['no pairs', [], [], undefined],
    ['one pair', [1], [2], undefined],
    ['one side all equal', [1, 2, 3], [5, 5, 5], undefined],
  ])('of %s', (_, x, y, expected) => {
    if (expected === undefined) expect(spearman(x, y)).toBeUndefined()
    else expect(spearman(x, y)).toBeCloseTo(expected, 12)
  })

  it('wants as many values on both sides', () => {
    expect(() => spearman([1, 2], [1])).toThrow('2 values against 1')
  })
})
