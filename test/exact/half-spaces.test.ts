import { describe, expect, it } from 'vitest'
import { NORMS, type Norm, normOf } from '#src/base/norm.js'
import { CounterStream, Purpose } from '#src/base/random.js'
import { type HalfSpaces, nearestPoint } from '#src/exact/half-spaces.js'
import { minimalTargetedNorm } from '#src/exact/minimal-targeted-norm.js'
import type { LinearForm } from '#src/gradient/victim.js'
import { byEnumeration } from '../conformance/least-norm-by-enumeration.js'

type Rows = readonly (readonly number[])[]

interface Program {
  /** a_k, [K, D]. */
  readonly rows: Rows
  /** b_k, [K]. */
  readonly bounds: readonly number[]
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, d) => sum + value * b[d], 0)

/** In float32, as the weights of a victim are. */
const vectorOf = (stream: CounterStream, length: number) => Array.from({ length }, () => Math.fround(stream.normal()))

const spacesOf = ({ rows, bounds }: Program): HalfSpaces => ({
  count: rows.length,
  dimensions: rows[0].length,
  row: (k) => Float64Array.from(rows[k]),
  bound: (k) => bounds[k],
  length: (k) => 1.0001 * Math.hypot(...rows[k]),
})

/** Some rows become other ones times ±1, ±2 or ±4, but for a part of a size between 10^-from and 10^-to of their own. */
function alike(stream: CounterStream, rows: number[][], signs: readonly number[], from = Infinity, to = Infinity) {
  for (let k = 1; k < rows.length; k++) {
    if (stream.below(2) === 0) continue
    const factor = signs[stream.below(signs.length)] * 2 ** stream.below(3)
    const own = from === Infinity ? 0 : 10 ** -(from + stream.below(to - from + 1))
    rows[k] = rows[stream.below(k)].map((value) => Math.fround(factor * value + own * stream.normal()))
  }
  return rows
}

const rowsOf = (stream: CounterStream, K: number, D: number) => Array.from({ length: K }, () => vectorOf(stream, D))

/** Half-spaces around a point: on the planes of some of them, those of chance below `tight`, inside of the others. */
function around(stream: CounterStream, rows: Rows, tight: number, point = vectorOf(stream, rows[0].length)): Program {
  return { rows, bounds: rows.map((row) => dot(row, point) - (stream.uniform() < tight ? 0 : stream.uniform())) }
}

const programs: Readonly<Record<string, (stream: CounterStream, K: number, D: number) => Program>> = {
  'normal rows': (stream, K, D) => ({ rows: rowsOf(stream, K, D), bounds: vectorOf(stream, K) }),
  'small integers: rows that depend on each other, ties, zeros': (stream, K, D) => {
    const small = (length: number) => Array.from({ length }, () => stream.below(5) - 2)
    return { rows: Array.from({ length: K }, () => small(D)), bounds: small(K) }
  },
  'rows that are multiples of others, of either sign': (stream, K, D) => ({
    rows: alike(stream, rowsOf(stream, K, D), [1, -1]),
    bounds: vectorOf(stream, K),
  }),
  'rows nearly parallel, by 1e-2 to 1e-4': (stream, K, D) => ({
    rows: alike(stream, rowsOf(stream, K, D), [1], 2, 4),
    bounds: vectorOf(stream, K),
  }),
  'planes all through one point': (stream, K, D) => around(stream, rowsOf(stream, K, D), 1),
}

const streams = (count: number) =>
  Array.from({ length: count }, (_, index) => new CounterStream(7, Purpose.Demonstration, index))

/** The least norm of a point in all half-spaces, and the point; the target, label K, is at the origin, label k at -a_k. */
function leastOf(norm: Norm, { rows, bounds }: Program): { readonly norm: number; readonly x?: Float64Array } {
  if (norm === 'l2') {
    const found = nearestPoint(spacesOf({ rows, bounds }))
    return { norm: found === undefined ? Infinity : normOf('l2', found.x), x: found?.x }
  }
  const output = Float32Array.from([...rows, rows[0].map(() => 0)].flat(), (value) => -value)
  const linear: LinearForm = { output, bias: new Float32Array(rows.length + 1), pooling: 'sum' }
  const problem = { logits: [...bounds, 0], positions: 1, label: 0, target: rows.length }
  const { norm: size, shift } = minimalTargetedNorm(linear, norm, problem)
  return { norm: size, x: shift }
}

describe.each(Object.entries(programs))('an intersection of half-spaces, %s', (_, make) => {
  it.each(NORMS)(
    '%s: its least norm is that of all sets of equalities, or there is no point (200 programs, 1e-6)',
    (norm) => {
      let solved = 0
      for (const stream of streams(200)) {
        const program = make(stream, 1 + stream.below(5), 2 + stream.below(2))
        const expected = byEnumeration(norm, program.rows, program.bounds)
        const found = leastOf(norm, program).norm
        if (expected === Infinity) expect(found).toBe(Infinity)
        else expect(Math.abs(found - expected)).toBeLessThan(1e-6 * (1 + expected))
        if (expected > 0 && expected < Infinity) solved++
      }
      expect(solved).toBeGreaterThan(50)
    },
  )
})

/** Shares of the planes that pass through the known point. */
const some = [0.1, 0.5, 1]

describe.each<[string, readonly number[], (stream: CounterStream, K: number, D: number) => Rows]>([
  ['normal rows', some, rowsOf],
  ['rows nearly parallel, by 1e-2 to 1e-8', some, (stream, K, D) => alike(stream, rowsOf(stream, K, D), [1], 2, 8)],
  // With all planes through it the point would stand alone, at 1e-16 of infeasible.
  ['nearly opposite too, by 1e-2 to 1e-5', [0.3], (stream, K, D) => alike(stream, rowsOf(stream, K, D), [1, -1], 2, 5)],
  [
    'rows of a length of 1e-8 to 1e8',
    some,
    (stream, K, D) => {
      const scale = 10 ** (stream.below(17) - 8)
      return rowsOf(stream, K, D).map((row) => row.map((value) => Math.fround(scale * value)))
    },
  ],
])('half-spaces around a known point, %s', (_, tight, make) => {
  it.each(NORMS)(
    '%s: the point found lies in all of them (1e-9), no farther than the known one (300 programs of up to 30 in up to 12 dimensions)',
    (norm) => {
      let below = 0
      for (const stream of streams(300)) {
        const D = 1 + stream.below(12)
        const rows = make(stream, 1 + stream.below(30), D)
        const known = vectorOf(stream, D)
        const program = around(stream, rows, tight[stream.below(tight.length)], known)
        const { norm: least, x } = leastOf(norm, program)
        if (x === undefined) throw new Error('there is a point')
        rows.forEach((row, k) => {
          const size = row.reduce((sum, value, d) => sum + Math.abs(value * x[d]), Math.abs(program.bounds[k]))
          expect(dot(row, x)).toBeGreaterThanOrEqual(program.bounds[k] - 1e-9 * size)
        })
        expect(least).toBeLessThanOrEqual((1 + 1e-9) * normOf(norm, Float64Array.from(known)))
        // Of the least x in L2 every other point lies beyond the plane through it: x · y >= |x|².
        if (norm === 'l2') expect(dot(x, known)).toBeGreaterThanOrEqual(least ** 2 - 1e-7 * (1 + least ** 2))
        if (least < 0.9 * normOf(norm, Float64Array.from(known))) below++
      }
      expect(below).toBeGreaterThan(50)
    },
  )
})
