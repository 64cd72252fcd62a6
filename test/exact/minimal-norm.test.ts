import { describe, expect, it } from 'vitest'
import { minimalNorm } from '#src/exact/minimal-norm.js'
import { linearVictim, smallEmbeddings } from '../attacks/small-victims.js'

const victim = (labels: number) => linearVictim(smallEmbeddings(50, 8, 1), labels, 2, 0.1)

describe('minimalNorm', () => {
  it('claims exactness for a target only where there are two labels', () => {
    const { linear } = victim(3)
    expect(minimalNorm(linear, [3, 2, 1], 4, 0, 'l2', 2)).toMatchObject({ target: 2, isExact: false })
    expect(minimalNorm(victim(2).linear, [3, 2], 4, 0, 'l2', 1)).toMatchObject({ target: 1, isExact: true })
  })

  it('is 0 where the label is left already, and infinite where two labels have the same weights', () => {
    const output = Float32Array.of(1, 2, 1, 2)
    const linear = { output, bias: new Float32Array(2), pooling: 'mean' } as const
    expect(minimalNorm(linear, [1, 2], 3, 0, 'l2').norm).toBe(0)
    expect(minimalNorm(linear, [2, 1], 3, 0, 'l2')).toEqual({ norm: Infinity, target: 1, isExact: true })
  })

  it('is infinite where no position may change', () => {
    expect(minimalNorm(victim(2).linear, [3, 2], 4, 0, 'l2', undefined, 0).norm).toBe(Infinity)
  })
})
