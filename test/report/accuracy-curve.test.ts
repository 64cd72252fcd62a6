import { describe, expect, it } from 'vitest'
import type { AttackSummary } from '#src/evaluate/summary.js'
import {
  BoundFromMinima,
  boundAtEpsilons,
  type CurveMeasure,
  curveMeasure,
  measuredCurve,
} from '#src/report/accuracy-curve.js'
import { continuous, summaryOf } from './report-fixture.js'

const summary = continuous('pgd', [26, 70, 140])

function boundFromMinima(summary: AttackSummary, measure: CurveMeasure, minima: readonly number[]) {
  const bound = new BoundFromMinima(summary, measure)
  for (const minimum of minima) bound.add(minimum)
  return bound.build()
}

describe('the curve', () => {
  it('is accuracy where rows are attacked for their true label, and the share kept otherwise', () => {
    expect(curveMeasure([summary])).toBe('accuracy')
    expect(curveMeasure([summary, { ...summary, against: 'prediction' }])).toBe('kept')
  })

  it('begins with the accuracy before the attack and falls with the flips', () => {
    const curve = measuredCurve(summary, 'accuracy')
    expect(curve.map(({ epsilon }) => epsilon)).toEqual([0, 0.01, 0.0333, 0.1])
    expect(curve.map(({ share }) => share)).toEqual([156 / 200, 130 / 200, 86 / 200, 16 / 200])
    for (const { low, share, high } of curve) expect(low <= share && share <= high).toBe(true)
  })

  it('of the share kept begins at 1', () => {
    const curve = measuredCurve(summary, 'kept')
    expect(curve.map(({ share }) => share)).toEqual([1, 130 / 156, 86 / 156, 16 / 156])
  })
})

describe('the bound', () => {
  it('from the summary stands at its epsilons', () => {
    expect(boundAtEpsilons(summary, 'accuracy').map(({ share }) => share)).toEqual([
      0.78,
      130 / 200,
      78 / 200,
      11 / 200,
    ])
  })

  it('is not drawn where one epsilon lacks it, nor without a curve', () => {
    const curve = summary.curve.map((point, i) => (i === 1 ? { ...point, exact: null } : point))
    expect(boundAtEpsilons({ ...summary, curve }, 'accuracy')).toEqual([])
    expect(boundAtEpsilons(summaryOf(3), 'accuracy')).toEqual([])
    expect(boundFromMinima(summaryOf(3), 'accuracy', Array(156).fill(1))).toBeUndefined()
  })

  it('from rows steps down where a row can first be flipped', () => {
    // Row i of 156 flips at i / 1000: 100 of them within epsilon 0.1, none at 0 but the first.
    const minima = Array.from({ length: 156 }, (_, i) => i / 1000).reverse()
    const bound = boundFromMinima(summary, 'kept', minima)!
    for (const { epsilon, share } of bound) {
      expect(share).toBe((156 - minima.filter((least) => least <= epsilon).length) / 156)
    }
    expect(bound[0].epsilon).toBe(0)
    expect(bound.at(-1)!.epsilon).toBeCloseTo(0.1, 12)
  })

  it('is none of perturbations brought back to words', () => {
    const snapped = { ...summary, snap: true }
    expect(boundAtEpsilons(snapped, 'accuracy')).toEqual([])
    expect(boundFromMinima(snapped, 'kept', Array(156).fill(1))).toBeUndefined()
  })

  it('from rows needs every attacked row', () => {
    expect(boundFromMinima(summary, 'kept', Array(155).fill(1))).toBeUndefined()
  })
})
