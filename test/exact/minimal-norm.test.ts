import { describe, expect, it } from 'vitest'
import { NORMS, type Norm } from '#src/base/norm.js'
import { minimalNorm } from '#src/exact/minimal-norm.js'
import { LinearVictim, logitsOf, normals, smallEmbeddings, smallExamples, vectorsOf } from '../attacks/small-victims.js'

const dimensions = 8
const embeddings = smallEmbeddings(50, dimensions, 1)
const victim = (labels: number) =>
  new LinearVictim(embeddings, normals(labels * dimensions, 2), normals(labels, 3, 0.1))

/** The perturbation of a norm that lowers the margin to the target most: each position by the dual of u_t - u_y. */
function towards({ output }: LinearVictim, original: Float32Array, y: number, t: number, norm: Norm, size: number) {
  const positions = original.length / dimensions
  const difference = Array.from(
    { length: dimensions },
    (_, d) => output[t * dimensions + d] - output[y * dimensions + d],
  )
  const length = Math.hypot(...difference)
  const steepest = difference.reduce((best, value, d) => (Math.abs(value) > Math.abs(difference[best]) ? d : best), 0)
  return original.map((value, i) => {
    const d = i % dimensions
    if (norm === 'linf') return value + size * Math.sign(difference[d])
    if (norm === 'l2') return value + (size * difference[d]) / (length * Math.sqrt(positions))
    return i === steepest ? value + size * Math.sign(difference[d]) : value
  })
}

describe('Minimal norms', () => {
  it.each(NORMS.flatMap((norm) => [2, 7].map((labels) => [norm, labels] as const)))(
    '%s, %d labels: flips at 1.001 times the norm, and not at 0.999 times, toward any label',
    (norm, labels) => {
      const linear = victim(labels)
      for (const { encoded, label } of smallExamples(linear, 30, 4)) {
        const original = vectorsOf(embeddings, encoded.ids)
        const logits = logitsOf(linear, original)
        const exact = minimalNorm(linear.linear, logits, encoded.ids.length, label, norm)
        expect(exact.isExact).toBe(true)
        const leaves = (target: number, size: number) => {
          const after = logitsOf(linear, towards(linear, original, label, target, norm, size))
          return after[label] < Math.max(...after)
        }
        expect(leaves(exact.target, 1.001 * exact.norm)).toBe(true)
        for (let t = 0; t < labels; t++) if (t !== label) expect(leaves(t, 0.999 * exact.norm)).toBe(false)
      }
    },
  )

  it('is what the closed forms say: C = 4, difference (3, -4), margin 2', () => {
    const linear = { output: Float32Array.of(0, 0, 3, -4), bias: new Float32Array(2), pooling: 'mean' } as const
    const norm = (which: Norm, changeable?: number) =>
      minimalNorm(linear, [2, 0], 4, 0, which, undefined, changeable).norm
    expect(norm('l2')).toBeCloseTo((Math.sqrt(4) * 2) / 5, 12)
    expect(norm('linf')).toBeCloseTo(2 / 7, 12)
    expect(norm('l1')).toBeCloseTo((4 * 2) / 4, 12)
    // Only one position may change: P = 1, a = 1/4.
    expect(norm('l2', 1)).toBeCloseTo(2 / ((1 / 4) * 5), 12)
    expect(norm('linf', 1)).toBeCloseTo(2 / ((1 / 4) * 7), 12)
    expect(norm('l1', 1)).toBeCloseTo(8 / 4, 12)
    expect(norm('l2', 0)).toBe(Infinity)
  })

  it('does not divide by C for a sum', () => {
    const linear = { output: Float32Array.of(0, 0, 3, -4), bias: new Float32Array(2), pooling: 'sum' } as const
    expect(minimalNorm(linear, [2, 0], 4, 0, 'l2').norm).toBeCloseTo(2 / (2 * 5), 12)
    expect(minimalNorm(linear, [2, 0], 4, 0, 'linf').norm).toBeCloseTo(2 / (4 * 7), 12)
    expect(minimalNorm(linear, [2, 0], 4, 0, 'l1').norm).toBeCloseTo(2 / 4, 12)
  })

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
})
