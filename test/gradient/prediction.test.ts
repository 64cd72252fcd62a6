import { describe, expect, it } from 'vitest'
import { highestOther, isFlip, predictedLabel } from '#src/gradient/prediction.js'

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

describe('highestOther', () => {
  it.each([
    [[1, 3, 2], 1, 2],
    [[1, 3, 2], 2, 1],
    [[5, 2, 2], 0, 1],
    [[2, 5, 2], 1, 0],
    [[0, 7, Number.NaN, 9], 0, 2],
    [[0, Number.NaN, 9], 2, 1],
  ])('of %j but %i is %i (the first of equals, NaN before all)', (logits, but, label) => {
    expect(highestOther(logits, but)).toBe(label)
  })
})

describe('isFlip', () => {
  it.each([
    [0, undefined, false],
    [1, undefined, true],
    [2, undefined, true],
    [0, 2, false],
    [1, 2, false],
    [2, 2, true],
  ])('of a prediction of %i with label 0 and target %s is %s', (predicted, target, flip) => {
    expect(isFlip(predicted, 0, target)).toBe(flip)
  })
})
