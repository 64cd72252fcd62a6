import { describe, expect, it } from 'vitest'
import { SparseSteps } from '#src/attacks/continuous/l1-apgd-schedule.js'

describe('L1-APGD', () => {
  it('moves a fifth of the coordinates at first, then two thirds of those that the best iterate has changed', () => {
    const steps = new SparseSteps(100, 2, 50)
    expect([steps.count, steps.length]).toEqual([10, 2])
    expect(steps.next(3, () => 30)).toBe(false)
    expect(steps.next(4, () => 30)).toBe(true)
    expect([steps.count, steps.length]).toEqual([20, 2])
  })

  it('shortens its steps by 1.5, to a tenth at least, once the sparsity stays', () => {
    const steps = new SparseSteps(100, 2, 50)
    const lengths = [4, 8, 12, 16, 20, 24, 28, 32].map((step) => {
      steps.next(step, () => 50)
      return steps.length
    })
    lengths.forEach((length, i) => {
      expect(length).toBeCloseTo(Math.max(0.2, 2 / 1.5 ** (i + 1)), 12)
    })
  })
})
