import { describe, expect, it } from 'vitest'
import type { AttackResult } from '#src/evaluate/result.js'
import { StatisticsBuilder } from '#src/evaluate/statistics/statistics.js'

const row = (changes: Partial<AttackResult>): AttackResult => ({
  row: 1,
  originalText: '',
  perturbedText: '',
  numQueries: 0,
  resultType: 'Successful',
  numForwards: 0,
  numGradients: 0,
  seconds: 0,
  ...changes,
})

function statisticsOf(rows: readonly Partial<AttackResult>[]) {
  const builder = new StatisticsBuilder()
  for (const changes of rows) builder.add(row(changes))
  return builder.build()
}

describe('statistics', () => {
  it('average over the successful rows alone', () => {
    const failed = { resultType: 'Failed', l2: 100, perturbedPercent: 100 } as const
    const rows = [{ l2: 1, perturbedPercent: 10 }, { l2: 2, perturbedPercent: 20 }, { l2: 6 }, failed]
    const { l1, l2, perturbedPercent, successRate } = statisticsOf(rows)
    expect(l1).toBeNull()
    expect(l2).toEqual({ mean: 3, median: 2 })
    expect(perturbedPercent).toEqual({ mean: 15, median: 15 })
    expect(successRate).toMatchObject({ count: 3, of: 4, share: 0.75 })
  })

  it('give the 95th percentile of gaps as NumPy does, and how many are at the optimum', () => {
    const gaps = [0.4, 0, -1e-9, 0.0005, 0.1]
    const { gap } = statisticsOf(gaps.map((each) => ({ gap: each })))
    // numpy.percentile([-1e-9, 0, 0.0005, 0.1, 0.4], 95) = 0.34
    expect(gap).toMatchObject({ rows: 5, median: 0.0005, atOptimum: 3 })
    expect(gap!.percentile95).toBeCloseTo(0.34, 12)
    expect(gap!.mean).toBeCloseTo(0.1001, 9)
  })

  it('count costs over attacked rows, and seconds over all', () => {
    const skipped = { resultType: 'Skipped', seconds: 0.5 } as const
    const statistics = statisticsOf([
      { numForwards: 3, numGradients: 1, seconds: 0.5 },
      { resultType: 'Failed', numGradients: 2 },
      skipped,
    ])
    expect(statistics).toMatchObject({
      forwardsPerRow: 1.5,
      gradientsPerRow: 1.5,
      queriesPerRow: 3,
      seconds: 1,
      rowsPerSecond: 3,
    })
  })

  it('call a row without a prediction wrong, and one without a ground truth neither', () => {
    const { accuracyBefore, accuracyUnderAttack } = statisticsOf([
      { groundTruthOutput: 'a', originalOutput: 'a', perturbedOutput: 'b' },
      { groundTruthOutput: 'a', originalOutput: 'a', perturbedOutput: 'a', resultType: 'Failed' },
      { groundTruthOutput: 'a', resultType: 'Skipped' },
      { originalOutput: 'a', perturbedOutput: 'b' },
    ])
    expect(accuracyBefore).toMatchObject({ count: 2, of: 3 })
    expect(accuracyUnderAttack).toMatchObject({ count: 1, of: 3 })
  })

  it('are null, never NaN, of nothing', () => {
    const statistics = statisticsOf([])
    expect(JSON.stringify(statistics)).not.toContain('NaN')
    expect(statistics).toMatchObject({ rows: 0, gap: null, l2: null, rowsPerSecond: null, forwardsPerRow: null })
    expect(statistics.accuracyBefore).toEqual({ count: 0, of: 0, share: null, interval: null })
  })
})
