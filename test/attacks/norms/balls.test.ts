import { describe, expect, it } from 'vitest'
import { balls } from '#src/attacks/norms/balls.js'
import { NORMS, type Norm, normOf } from '#src/base/norm.js'
import { CounterStream, Purpose } from '#src/base/random.js'
import { normals } from '../small-victims.js'

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i], 0)

const step = (norm: Norm, gradient: number[], length: number) => {
  const delta = new Float64Array(gradient.length)
  balls[norm].step(delta, gradient, length)
  return delta
}

const project = (norm: Norm, point: ArrayLike<number>, radius: number) => {
  const delta = Float64Array.from(point)
  balls[norm].project(delta, radius)
  return delta
}

const random = (length: number, seed: number) => Float64Array.from(normals(length, seed))

describe('One-step attacks: the maximum of <g, d> over the ball', () => {
  it.each([
    ['linf', [1, -2], 3],
    ['l1', [1, -2], 2],
    ['l1', [2, -2], 2],
    ['l2', [3, -4], 5],
  ] as const)('%s: gradient %j, radius 1, gives %d', (norm, gradient, expected) => {
    expect(dot(gradient, step(norm, [...gradient], 1))).toBeCloseTo(expected, 12)
  })

  it.each([
    ['l1', 'linf'],
    ['l2', 'l2'],
    ['linf', 'l1'],
  ] as const)('%s: is the radius times the %s norm of g, on the edge of the ball (1e-12)', (norm, dual) => {
    const gradient = [...random(60, 1)]
    const delta = step(norm, gradient, 0.3)
    expect(normOf(norm, delta)).toBeCloseTo(0.3, 12)
    expect(dot(gradient, delta)).toBeCloseTo(0.3 * normOf(dual, gradient), 12)
  })

  it.each(NORMS)('%s: a gradient of zeros moves nothing', (norm) => {
    expect([...step(norm, [0, 0, 0], 1)]).toEqual([0, 0, 0])
  })
})

describe('Other vectors', () => {
  // f(x) = min(x, 1), loss -log f_1: its gradient is -1/x_1 at the second entry, and 0 elsewhere.
  it.each([
    ['down', -0.1, 0.6],
    ['up', 0.1, 0.4],
  ])('FGSM %s the loss of min(x, 1) moves the second entry alone', (_, length, expected) => {
    const x = [2, 0.5, 9, 1, 0.2]
    const moved = step('linf', [0, -1 / 0.5, 0, 0, 0], length).map((change, i) => x[i] + change)
    expect([...moved]).toEqual([2, expected, 9, 1, 0.2])
  })
})

describe('One-step attacks: projection', () => {
  it('(2, 1) comes to (1.5, 0.5) on the L1 ball of radius 2', () => {
    expect([...project('l1', [2, 1], 2)]).toEqual([1.5, 0.5])
  })

  it.each(NORMS)('%s: the ball of radius 0 is its centre', (norm) => {
    expect(normOf(norm, project(norm, [2, -1, 0], 0))).toBe(0)
  })

  it.each(NORMS)('%s: a point inside stays as it is', (norm) => {
    const inside = random(20, 2).map((value) => value / 100)
    expect(project(norm, inside, 1)).toEqual(inside)
  })

  it.each(NORMS)('%s: ends on the ball, and twice is once (1e-12)', (norm) => {
    const once = project(norm, random(50, 3), 0.7)
    expect(normOf(norm, once)).toBeCloseTo(0.7, 12)
    const twice = project(norm, once, 0.7)
    twice.forEach((value, i) => {
      expect(value).toBeCloseTo(once[i], 12)
    })
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
