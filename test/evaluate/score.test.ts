import { describe, expect, it } from 'vitest'
import { labelProbability, leavingScore, predictedLabel } from '#src/evaluate/score.js'

describe('predictedLabel', () => {
  it.each([
    [[1, 3, 2], 1],
    [[2, 2, 1], 0],
    [[-5, -7], 0],
    [[0, 0, 1e-30], 2],
  ])('of %j is %i (the first of equals)', (logits, label) => {
    expect(predictedLabel(logits)).toBe(label)
  })
})

describe('scores', () => {
  it('are 1 and 3 quarters for logits log 1 and log 3, within 1e-15', () => {
    const logits = [Math.log(1), Math.log(3)]
    expect(Math.abs(labelProbability(logits, 0) - 0.25)).toBeLessThan(1e-15)
    expect(Math.abs(leavingScore(logits, 0) - 0.75)).toBeLessThan(1e-15)
  })

  it('add up to 1 within 1e-15', () => {
    const logits = Float32Array.of(0.3, -2, 5, 1.25)
    for (let label = 0; label < 4; label++) {
      expect(Math.abs(labelProbability(logits, label) + leavingScore(logits, label) - 1)).toBeLessThan(1e-15)
    }
  })

  it('keep what 1 - p would lose: a lead of 60 scores e^-60, within 1e-12 of it', () => {
    expect(Math.abs(leavingScore([60, 0], 0) / Math.exp(-60) - 1)).toBeLessThan(1e-12)
  })

  it('are finite for logits at the end of float32', () => {
    const logits = Float32Array.of(3.4e38, -3.4e38)
    expect(labelProbability(logits, 0)).toBe(1)
    expect(leavingScore(logits, 0)).toBe(0)
    expect(leavingScore(logits, 1)).toBe(1)
  })
})
