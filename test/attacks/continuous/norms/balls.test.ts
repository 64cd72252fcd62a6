import { describe, expect, it } from 'vitest'
import { balls } from '#src/attacks/continuous/norms/balls.js'
import { NORMS, normOf } from '#src/base/norm.js'
import { CounterStream, Purpose } from '#src/base/random.js'
import { normals } from '../../small-victims.js'
import { project, step } from './on-copies.js'

const random = (length: number, seed: number) => Float64Array.from(normals(length, seed))

describe('a step of steepest ascent', () => {
  it.each(NORMS)('%s: a gradient of zeros moves nothing', (norm) => {
    expect([...step(norm, [0, 0, 0], 1)]).toEqual([0, 0, 0])
  })
})

describe('the projection', () => {
  it.each(NORMS)('%s: the ball of radius 0 is its centre', (norm) => {
    expect(normOf(norm, project(norm, [2, -1, 0], 0))).toBe(0)
  })

  it.each(NORMS)('%s: a point inside stays as it is', (norm) => {
    const inside = random(20, 2).map((value) => value / 100)
    expect(project(norm, inside, 1)).toEqual(inside)
  })

  it.each(NORMS)('%s: a point outside ends on the ball (1e-12)', (norm) => {
    expect(normOf(norm, project(norm, random(50, 3), 0.7))).toBeCloseTo(0.7, 12)
  })

  it.each(NORMS)('%s: no point of the ball is nearer, of 200 drawn', (norm) => {
    const point = random(6, 4)
    const nearest = project(norm, point, 0.5)
    const distance = (to: Float64Array) =>
      normOf(
        'l2',
        point.map((value, i) => value - to[i]),
      )
    const other = new Float64Array(6)
    for (let i = 0; i < 200; i++) {
      balls[norm].draw(other, 0.5, new CounterStream(5, Purpose.Demonstration, i))
      // From the projection a little way towards any point of the ball.
      const between = nearest.map((value, d) => value + 0.1 * (other[d] - value))
      expect(distance(between)).toBeGreaterThanOrEqual(distance(nearest) - 1e-12)
    }
  })
})

describe('random points', () => {
  it.each(NORMS)('%s: fill the ball: half of the volume lies within 2^(-1/n) of its radius', (norm) => {
    const point = new Float64Array(3)
    let inner = 0
    for (let i = 0; i < 2000; i++) {
      balls[norm].draw(point, 2, new CounterStream(1, Purpose.Demonstration, i))
      const size = normOf(norm, point)
      expect(size).toBeLessThanOrEqual(2)
      if (size < 2 * 0.5 ** (1 / 3)) inner++
    }
    // Four standard deviations of 2000 fair coins.
    expect(Math.abs(inner - 1000)).toBeLessThan(90)
  })
})
