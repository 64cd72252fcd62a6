import { expect, it } from 'vitest'
import { statisticsLines } from '#scripts/command-line/statistics-lines.js'
import { StatisticsBuilder } from '#src/evaluate/statistics/statistics.js'

const ROW = {
  row: 1,
  originalText: 'fine',
  perturbedText: 'fine',
  resultType: 'Successful',
  ...{ numQueries: 2, numForwards: 1, numGradients: 1, seconds: 0 },
} as const

it.each([
  [0.00012, '0.012%'],
  [0.5, '50.000%'],
  [2.5774, '258%'],
  [58684.36284, '5,868,436%'],
])('a gap of %d reads %s', (gap, text) => {
  const statistics = new StatisticsBuilder()
  statistics.add({ ...ROW, gap })
  expect(statisticsLines('pgd', statistics.build())).toContain(
    `above the exact minimum by ${text} in the median and ${text} at the 95th percentile, ${gap < 1e-3 ? 1 : 0} of 1 at it`,
  )
})

it('tells reasons that are not of every day', () => {
  const statistics = new StatisticsBuilder()
  for (const reason of ['no candidates', 'wrong before the attack', 'no candidates']) {
    statistics.add({ ...ROW, resultType: 'Failed', reason })
  }
  const lines = statisticsLines('hotflip', statistics.build())
  expect(lines[0]).toBe(
    'hotflip: flipped 0 of 3 (0.0%, 95% interval 0.0% to 56.1%) of those attacked; 3 rows, 0 skipped',
  )
  expect(lines.at(-1)).toBe('2 rows: no candidates')
})
