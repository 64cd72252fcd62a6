import { describe, expect, it } from 'vitest'
import { MovingAverage } from '#src/victims/moving-average.js'
import { normals } from '../gradient/small-victims.js'

describe('MovingAverage', () => {
  it('is the exponential average over all steps of rows that change now and then (1e-6)', () => {
    const source = normals(50, 6)
    const average = new MovingAverage(source, 2, 0.9)
    const dense = Float64Array.from(source)
    for (let time = 1; time <= 30; time++) {
      const row = (time * time) % 4
      if (row < 3) {
        average.settle(row, time - 1)
        source.set(normals(50 + time, 2), row * 2)
      }
      dense.forEach((value, i) => {
        dense[i] = 0.9 * value + 0.1 * source[i]
      })
    }
    average.settleAll(30)
    dense.forEach((value, i) => {
      expect(Math.abs(average.values[i] - value)).toBeLessThan(1e-6)
    })
  })
})
