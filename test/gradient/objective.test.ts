import { describe, expect, it } from 'vitest'
import { lossOf } from '#src/gradient/objective.js'

describe('lossOf', () => {
  it.each([
    ['two equal logits', [0, 0], 0, Math.LN2],
    ['a sure victim, to the last bit', [0, 40], 1, Math.log1p(Math.exp(-40))],
    ['a surely wrong one', [800, 0], 1, 800],
    ['three labels', [1, 2, 3], 0, Math.log(1 + Math.E + Math.E ** 2)],
  ])('gives the cross-entropy of %s (1e-15 relative)', (_, logits, label, expected) => {
    expect(Math.abs(lossOf('cross-entropy', logits, label) / expected - 1)).toBeLessThan(1e-15)
  })

  it('gives the margin of the highest other label', () => {
    expect(lossOf('margin', [3, 1, 2.5], 0)).toBe(-0.5)
    expect(lossOf('margin', [3, 1, 2.5], 1)).toBe(2)
  })

  it('gives the margin of a given rival', () => {
    expect(lossOf('margin', [3, 1, 2.5], 0, 1)).toBe(-2)
  })

  it.each(['cross-entropy', 'margin'] as const)('hides no NaN (%s)', (objective) => {
    for (const logits of [
      [Number.NaN, 1, 2],
      [1, Number.NaN, 2],
      [1, 2, Number.NaN],
    ]) {
      expect(lossOf(objective, logits, 0)).toBeNaN()
    }
  })
})
