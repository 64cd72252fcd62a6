import { describe, expect, it } from 'vitest'
import { NORMS, type Norm, normOf } from '#src/base/norm.js'
import { CounterStream, Purpose } from '#src/base/random.js'
import { minimalNorm } from '#src/exact/minimal-norm.js'
import { minimalTargetedNorm } from '#src/exact/minimal-targeted-norm.js'
import type { LinearForm } from '#src/gradient/victim.js'
import { LinearVictim, logitsOf, normals, smallEmbeddings, smallExamples, vectorsOf } from '../attacks/small-victims.js'

const embeddings = smallEmbeddings(50, 8, 1)
const victim = new LinearVictim(embeddings, normals(7 * 8, 2), normals(7, 3, 0.1))

/** Solves n equations of n unknowns by elimination; undefined where they are dependent. */
function solve(rows: readonly (readonly number[])[], right: readonly number[]): number[] | undefined {
  const n = right.length
  const A = rows.map((row, i) => [...row, right[i]])
  for (let i = 0; i < n; i++) {
    const pivot = A.slice(i).reduce((best, row, r) => (Math.abs(row[i]) > Math.abs(A[best][i]) ? i + r : best), i)
    if (Math.abs(A[pivot][i]) < 1e-9) return undefined
    ;[A[i], A[pivot]] = [A[pivot], A[i]]
    for (let r = 0; r < n; r++) {
      if (r === i) continue
      const factor = A[r][i] / A[i][i]
      for (let c = i; c <= n; c++) A[r][c] -= factor * A[i][c]
    }
  }
  return A.map((row, i) => row[n] / row[i])
}

function* subsets(n: number, size: number, from = 0): Generator<number[]> {
  if (size === 0) yield []
  else for (let i = from; i < n; i++) for (const rest of subsets(n, size - 1, i + 1)) yield [i, ...rest]
}

/** min |x| over A x >= b by trying all sets of equalities: vertices of the linear programs, active sets of the quadratic one. */
function byEnumeration(norm: Norm, A: readonly (readonly number[])[], b: readonly number[]): number {
  const D = A[0].length
  const holds = (x: readonly number[]) =>
    A.every((row, k) => row.reduce((sum, a, d) => sum + a * x[d], 0) >= b[k] - 1e-9)
  let least = Infinity
  const offer = (x: readonly number[]) => {
    if (holds(x)) least = Math.min(least, normOf(norm, Float64Array.from(x)))
  }
  offer(new Array(D).fill(0))
  if (norm === 'l2') {
    for (let size = 1; size <= Math.min(D, A.length); size++) {
      for (const set of subsets(A.length, size)) {
        const gram = set.map((i) => set.map((j) => A[i].reduce((sum, a, d) => sum + a * A[j][d], 0)))
        const factors = solve(
          gram,
          set.map((i) => b[i]),
        )
        if (factors) offer(A[0].map((_, d) => set.reduce((sum, i, s) => sum + factors[s] * A[i][d], 0)))
      }
    }
    return least
  }
  // Unknowns x and τ; equalities of half-spaces and of the ball's faces: |x_d| = τ, or x_d = 0 and signs · x = τ.
  const signs = Array.from({ length: 2 ** D }, (_, s) => Array.from({ length: D }, (_, d) => (s & (1 << d) ? 1 : -1)))
  const unit = (d: number, value: number) => Array.from({ length: D }, (_, i) => (i === d ? value : 0))
  const faces =
    norm === 'linf'
      ? Array.from({ length: D }, (_, d) => [1, -1].map((sign) => [...unit(d, sign), -1])).flat()
      : [...signs.map((sign) => [...sign, -1]), ...Array.from({ length: D }, (_, d) => [...unit(d, 1), 0])]
  const equations = [
    ...A.map((row, k) => ({ row: [...row, 0], right: b[k] })),
    ...faces.map((row) => ({ row, right: 0 })),
  ]
  for (const set of subsets(equations.length, D + 1)) {
    const solution = solve(
      set.map((i) => equations[i].row),
      set.map((i) => equations[i].right),
    )
    if (solution) offer(solution.slice(0, D))
  }
  return least
}

describe('Minimal norms: a target among more than two labels', () => {
  it.each(NORMS)('%s: equal to trying all sets of equalities, in 2 and 3 dimensions (1e-7)', (norm) => {
    let infeasible = 0
    for (let seed = 1; seed <= 60; seed++) {
      const stream = new CounterStream(seed, Purpose.Demonstration, 7)
      const D = 2 + (seed % 2)
      const K = 3 + stream.below(3)
      const output = Float32Array.from({ length: K * D }, () => stream.normal())
      const logits = Array.from({ length: K }, () => stream.normal())
      const target = stream.below(K)
      const linear: LinearForm = { output, bias: new Float32Array(K), pooling: 'sum' }
      const others = [...logits.keys()].filter((k) => k !== target)
      const A = others.map((j) => Array.from({ length: D }, (_, d) => output[target * D + d] - output[j * D + d]))
      const b = others.map((j) => logits[j] - logits[target])
      const expected = byEnumeration(norm, A, b)
      const found = minimalTargetedNorm(linear, norm, { logits, positions: 1, label: others[0], target })
      if (expected === Infinity) infeasible++
      if (expected === Infinity) expect(found.norm).toBe(Infinity)
      else expect(found.norm).toBeCloseTo(expected, 7)
    }
    expect(infeasible).toBeGreaterThan(0)
  })

  it.each(NORMS)('%s: reached a hair beyond the norm, at least the lower bound, and often more', (norm) => {
    let above = 0
    let pairs = 0
    for (const { encoded, label } of smallExamples(victim, 30, 4)) {
      const original = vectorsOf(embeddings, encoded.ids)
      const logits = logitsOf(victim, original)
      const positions = encoded.ids.length
      for (let target = 0; target < 7; target++) {
        if (target === label) continue
        const bound = minimalNorm(victim.linear, logits, positions, label, norm, target)
        expect(bound.isExact).toBe(false)
        const found = minimalTargetedNorm(victim.linear, norm, { logits, positions, label, target })
        expect(found.norm).toBeGreaterThanOrEqual(bound.norm * (1 - 1e-9))
        pairs++
        if (found.norm > bound.norm * 1.001) above++
        // A hair beyond the boundary. All positions change alike: the shift of a mean is that of each word.
        const beyond = logits.map((value, k) => value - (k === target ? 1e-3 : 0))
        const { shift } = minimalTargetedNorm(victim.linear, norm, { logits: beyond, positions, label, target })
        const perturbed = original.map((value, i) => value + shift![i % 8])
        const change = perturbed.map((value, i) => value - original[i])
        expect(normOf(norm, change)).toBeLessThan(1.001 * found.norm + 0.01 * positions)
        const after = logitsOf(victim, perturbed)
        expect(after.indexOf(Math.max(...after))).toBe(target)
      }
    }
    expect(above / pairs).toBeGreaterThan(0.05)
    expect(above).toBeLessThan(pairs)
  })

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
