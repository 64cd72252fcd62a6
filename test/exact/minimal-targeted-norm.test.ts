import { describe, expect, it } from 'vitest'
import { NORMS, type Norm } from '#src/base/norm.js'
import { minimalNorm } from '#src/exact/minimal-norm.js'
import { minimalTargetedNorm } from '#src/exact/minimal-targeted-norm.js'
import type { LinearForm } from '#src/gradient/victim.js'

describe('minimalTargetedNorm', () => {
  it.each(NORMS)('%s: two labels, and chosen positions, give the closed form (1e-9)', (norm) => {
    const linear: LinearForm = { output: Float32Array.of(0, 0, 3, -4), bias: new Float32Array(2), pooling: 'mean' }
    for (const changeable of [1, 2, 4]) {
      const problem = { logits: [2, 0], positions: 4, label: 0, target: 1, changeable }
      const closed = minimalNorm(linear, problem.logits, 4, 0, norm, 1, changeable)
      expect(closed.isExact).toBe(true)
      expect(minimalTargetedNorm(linear, norm, problem).norm).toBeCloseTo(closed.norm, 9)
    }
  })

  it('is 0 where the target is reached, and Infinity where it never is', () => {
    const linear: LinearForm = { output: Float32Array.of(1, 2, 3), bias: new Float32Array(3), pooling: 'mean' }
    const of = (norm: Norm, logits: number[], target: number) =>
      minimalTargetedNorm(linear, norm, { logits, positions: 2, label: 0, target }).norm
    for (const norm of NORMS) {
      expect(of(norm, [0, 0, 1], 2)).toBe(0)
      // The middle label of three on a line is beaten by one of the others everywhere.
      expect(of(norm, [1, 0, 1], 1)).toBe(Infinity)
    }
  })
})
