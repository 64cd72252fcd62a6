import { expect, it } from 'vitest'
import { dot } from '#src/base/dot.js'

it('sums products in float64, whatever holds the numbers', () => {
  // 2^24 + 1 is no float32: a sum in float32 would lose the 1.
  expect(dot(Float32Array.of(4096, 1), Float32Array.of(4096, 1))).toBe(2 ** 24 + 1)
  expect(dot([1, -2, 3], Float64Array.of(0.5, 0.25, 2))).toBe(6)
  expect(dot([], [])).toBe(0)
})
