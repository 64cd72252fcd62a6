import { describe, expect, it } from 'vitest'
import { MovingAverage } from '#src/victims/moving-average.js'
import { normals } from '../gradient/small-victims.js'

describe('MovingAverage', () => {
  it('is the exponential average over all steps of rows that change now and then (1e-6)', () => {
    const source = normals(50, 6)
    const average = new MovingAverage(source, 2, 0.9)
    const sums = new Float64Array(6)
    for (let time = 1; time <= 30; time++) {
      const row = (time * time) % 4
      if (row < 3) {
        average.settle(row, time - 1)
        source.set(normals(50 + time, 2), row * 2)
      }
      sums.forEach((sum, i) => {
        sums[i] = 0.9 * sum + source[i]
      })
    }
    average.settleAll(30)
    const weights = (1 - 0.9 ** 30) / (1 - 0.9)
    sums.forEach((sum, i) => {
      expect(Math.abs(average.values[i] - sum / weights)).toBeLessThan(1e-6)
    })
  })

  it('is the array itself after one step, whatever stood there before', () => {
    const source = Float32Array.of(100, 100)
    const average = new MovingAverage(source, 1, 0.99)
    average.settle(0, 0)
    source[0] = 1
    average.settleAll(1)
    expect(average.values).toEqual(Float32Array.of(1, 100))
  })
})
