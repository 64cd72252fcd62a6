import { type Norm, normOf } from '#src/base/norm.js'

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
export function byEnumeration(norm: Norm, A: readonly (readonly number[])[], b: readonly number[]): number {
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
