import { expect, it } from 'vitest'
import { areFinite } from '#src/base/finite.js'

it.each([NaN, Infinity, -Infinity])('finds %s at every place of arrays of 1 to 9 values', (wrong) => {
  for (let length = 1; length < 10; length++) {
    const values = Float32Array.from({ length }, (_, i) => (i % 2 === 0 ? 3.4e38 : -3.4e38))
    expect(areFinite(values)).toBe(true)
    for (let i = 0; i < length; i++) expect(areFinite(values.with(i, wrong))).toBe(false)
  }
})

it('takes an empty array, zeros of both signs and the smallest numbers for finite', () => {
  expect(areFinite(new Float32Array())).toBe(true)
  expect(areFinite(Float32Array.of(0, -0, 1e-45, -1e-45, -1))).toBe(true)
})
