import { describe, expect, it } from 'vitest'
import { leavingScore } from '#src/evaluate/rows/score.js'

describe('scores', () => {
  it('are 1 and 3 quarters for logits log 1 and log 3, within 1e-15', () => {
    const logits = [Math.log(1), Math.log(3)]
    expect(Math.abs(leavingScore(logits, 1) - 0.25)).toBeLessThan(1e-15)
    expect(Math.abs(leavingScore(logits, 0) - 0.75)).toBeLessThan(1e-15)
  })

  it('of all four labels add up to 3 within 1e-15', () => {
    const logits = Float32Array.of(0.3, -2, 5, 1.25)
    const sum = [0, 1, 2, 3].reduce((sum, label) => sum + leavingScore(logits, label), 0)
    expect(Math.abs(sum - 3)).toBeLessThan(1e-15)
  })

  it('keep what 1 - p would lose: a lead of 60 scores e^-60, within 1e-12 of it', () => {
    expect(Math.abs(leavingScore([60, 0], 0) / Math.exp(-60) - 1)).toBeLessThan(1e-12)
  })

  it('are finite for logits at the end of float32', () => {
    const logits = Float32Array.of(3.4e38, -3.4e38)
    expect(leavingScore(logits, 0)).toBe(0)
    expect(leavingScore(logits, 1)).toBe(1)
  })
})
