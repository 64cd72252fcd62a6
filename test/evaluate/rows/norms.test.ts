import { expect, it } from 'vitest'
import { CounterStream, Purpose } from '#src/base/random.js'
import { changeBetween, normsOfChange } from '#src/evaluate/rows/norms.js'
import { perturb } from '#src/evaluate/rows/perturbed-input.js'

const stream = new CounterStream(1, Purpose.Demonstration, 0)
/** Of sizes from 1e-6 to 1e3, so that sums round. */
const numbers = (length: number) =>
  Float32Array.from({ length }, () => stream.normal() * 10 ** (9 * stream.uniform() - 6))

it('A change is what float32 keeps of the difference, and the input what it makes of the one before, bit by bit', () => {
  const before = numbers(5000)
  const after = numbers(5000)
  const { perturbation, input, norms } = changeBetween(before, after)
  expect(perturbation).toEqual(before.map((value, i) => after[i] - value))
  expect(input).toEqual(perturb(before, perturbation))
  expect(input).not.toEqual(after)
  expect(norms).toEqual(normsOfChange(before, input))
})

it.each([NaN, Infinity, -Infinity])('A change to %d has no finite norm', (value) => {
  const { norms } = changeBetween(Float32Array.of(1, 2, 3), Float32Array.of(1, value, 3))
  expect(norms.l1).not.toSatisfy(Number.isFinite)
})

it('Norms of (3, 0, -4) are 7, 5 and 4', () => {
  const { norms } = changeBetween(Float32Array.of(1, 2, 3), Float32Array.of(4, 2, -1))
  expect(norms).toEqual({ l1: 7, l2: 5, linf: 4 })
})
