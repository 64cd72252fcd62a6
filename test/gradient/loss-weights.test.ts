import { describe, expect, it } from 'vitest'
import { weighCrossEntropy, weighLead } from '#src/gradient/loss-weights.js'
import { lossOf } from '#src/gradient/objective.js'
import { normals } from './small-victims.js'

describe('the weights of a loss', () => {
  it.each([1, 5, 200])('cross-entropy of logits of size %d: the loss of lossOf, bit by bit', (scale) => {
    for (let row = 0; row < 50; row++) {
      const logits = normals(row, 7, scale)
      expect(weighCrossEntropy(logits, row % 7, new Float32Array(7))).toBe(lossOf('cross-entropy', logits, row % 7))
    }
  })

  it.each([1, 5])('cross-entropy of logits of size %d: softmax less one at the label, summing to 0 (1e-6)', (scale) => {
    for (let row = 0; row < 50; row++) {
      const logits = normals(row, 7, scale)
      const weights = new Float32Array(7)
      weighCrossEntropy(logits, row % 7, weights)
      const exponentials = Array.from(logits, Math.exp)
      const total = exponentials.reduce((a, b) => a + b)
      weights.forEach((weight, k) => {
        expect(Math.abs(weight - exponentials[k] / total + (k === row % 7 ? 1 : 0))).toBeLessThan(1e-6)
      })
      expect(Math.abs(weights.reduce((a, b) => a + b))).toBeLessThan(1e-6)
    }
  })

  it('cross-entropy: keeps the direction where softmax is 1 in float32 (1e-6 of the weights)', () => {
    const weights = new Float32Array(3)
    weighCrossEntropy(Float32Array.of(60, 0, Math.log(3)), 0, weights)
    const unit = Math.exp(-60)
    ;[-4, 1, 3].forEach((expected, k) => {
      expect(Math.abs(weights[k] / unit / expected - 1)).toBeLessThan(1e-6)
    })
  })

  it('a lead: z_up - z_down', () => {
    const weights = new Float32Array(3)
    expect(weighLead(Float32Array.of(1, 2.5, -1), 1, 2, weights)).toBe(3.5)
    expect([...weights]).toEqual([0, 1, -1])
  })
})
