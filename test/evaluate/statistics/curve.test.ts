import { describe, expect, it } from 'vitest'
import { attacks } from '#src/attacks/index.js'
import { CurvePointBuilder, withinEach } from '#src/evaluate/statistics/curve.js'

describe('a point of the curve', () => {
  const pointOf = (...minima: readonly (number | undefined)[]) => {
    const builder = new CurvePointBuilder(0.5)
    for (const exactMinimum of minima) builder.add({ attacked: true, flipped: false, right: true, exactMinimum })
    return builder.build()
  }

  it('counts a row for exact whose least norm is the epsilon itself: no attack within it can be above the bound', () => {
    expect(pointOf(0.4, 0.5, 0.6, Infinity).exact).toMatchObject({ count: 2, of: 4 })
  })

  it('claims nothing exact where a row has no exact norm, or none was attacked', () => {
    expect(pointOf(0.4, undefined).exact).toBeNull()
    expect(pointOf().exact).toBeNull()
  })

  it('counts rows that were not attacked for the accuracy alone', () => {
    const builder = new CurvePointBuilder(0.5)
    builder.add({ attacked: false, flipped: false, right: false })
    builder.add({ attacked: true, flipped: true, right: false, exactMinimum: 0.1 })
    builder.add({ attacked: true, flipped: false, right: true, exactMinimum: 0.7 })
    expect(builder.build()).toMatchObject({
      epsilon: 0.5,
      flips: 1,
      successRate: 1 / 2,
      accuracy: { count: 1, of: 3 },
      exact: { count: 1, of: 2 },
    })
  })
})

it('an attack within each epsilon: each once, rising; its own where none is given', () => {
  const epsilonsOf = (...epsilons: number[]) => withinEach(attacks.pgd({ epsilon: 3 }), epsilons)
  expect(epsilonsOf(2, 1, 2).map(({ epsilon, attack }) => [epsilon, attack.options.epsilon])).toEqual([
    [1, 1],
    [2, 2],
  ])
  expect(epsilonsOf().map(({ epsilon }) => epsilon)).toEqual([3])
})
