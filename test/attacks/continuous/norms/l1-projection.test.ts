import { expect, it } from 'vitest'
import { addSparseStep } from '#src/attacks/continuous/apgd-ascent.js'
import { kthLargestSize } from '#src/attacks/continuous/kth-largest.js'
import { l1 } from '#src/attacks/continuous/norms/l1.js'
import { normOf } from '#src/base/norm.js'
import { normals } from '../../small-victims.js'

/** Duchi et al. 2008, figure 1: by sorting. */
function bySorting(point: Float64Array, radius: number): Float64Array {
  if (normOf('l1', point) <= radius) return point
  const sizes = [...point].map(Math.abs).sort((a, b) => b - a)
  let sum = 0
  let threshold = 0
  sizes.forEach((size, j) => {
    sum += size
    if (size > (sum - radius) / (j + 1)) threshold = (sum - radius) / (j + 1)
  })
  return point.map((value) => Math.sign(value) * Math.max(0, Math.abs(value) - threshold))
}

it('the L1 projection without sorting is that by sorting (1e-12), and lies on the ball', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const point = Float64Array.from(normals(1 + (seed % 40), seed))
    if (seed % 3 === 0) point.fill(point[0])
    const radius = normOf('l1', point) * (seed / 50)
    const projected = point.slice()
    l1.project(projected, radius)
    bySorting(point, radius).forEach((value, i) => {
      expect(Math.abs(projected[i] - value)).toBeLessThan(1e-12)
    })
    expect(normOf('l1', projected)).toBeLessThanOrEqual(radius * (1 + 1e-12))
  }
})

it('the k-th largest size is that by sorting, ties included', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const values = normals(1 + seed, seed).map((value) => Math.round(3 * value) / 3)
    const sorted = values.map(Math.abs).sort().reverse()
    for (let k = 1; k <= values.length; k++) expect(kthLargestSize(values, k)).toBe(sorted[k - 1])
  }
})

it.each([
  [1, [0, 0, -2, 0]],
  [2, [1, 0, -1, 0]],
  [4, [2 / 3, 0, -2 / 3, 2 / 3]],
])('a sparse step of length 2 over %d coordinates is even over the steepest ones', (count, expected) => {
  const delta = new Float64Array(4)
  addSparseStep(delta, Float32Array.of(3, 0, -5, 1), count, 2)
  expect([...delta]).toEqual(expected)
})
