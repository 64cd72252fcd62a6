/** An optimum of a linear program and of its dual. */
export interface LinearOptimum {
  readonly value: number
  /** λ, [n]. */
  readonly primal: Float64Array
  /** μ, [m]: what each constraint is worth. */
  readonly dual: Float64Array
}

/** Costs and pivots up to this size, of numbers near 1, are what rounding has left of a zero. */
const ROUNDING = 1e-9

/**
 * max c · λ subject to M λ <= 1 and λ >= 0, for a small dense program (n and m up to some hundreds): the primal simplex
 * method on a tableau, from the slacks, with Bland's rule ("New finite pivoting rules for the simplex method", Mathematics
 * of Operations Research 2, 1977), which cannot cycle.
 * @param c [n]
 * @param constraints m rows of M, [n] each
 * @returns undefined where it has no bound
 */
export function maximise(c: readonly number[], constraints: readonly (readonly number[])[]): LinearOptimum | undefined {
  const n = c.length
  const m = constraints.length
  const width = n + m + 1
  // Rows of [M | I | 1], then that of the objective, [-c | 0 | 0].
  const tableau = constraints.map((row, i) => {
    const line = new Float64Array(width)
    line.set(row)
    line[n + i] = 1
    line[width - 1] = 1
    return line
  })
  const objective = new Float64Array(width)
  objective.set(c.map((value) => -value))
  const basis = Array.from({ length: m }, (_, i) => n + i)
  const scale = Math.max(1e-300, ...c.map(Math.abs))
  for (;;) {
    const entering = objective.findIndex((cost, j) => j < width - 1 && cost < -ROUNDING * scale)
    if (entering < 0) break
    const leaving = leavingRow(tableau, basis, entering)
    if (leaving === undefined) return undefined
    pivot([...tableau, objective], tableau[leaving], entering)
    basis[leaving] = entering
  }
  const primal = new Float64Array(n)
  basis.forEach((variable, i) => {
    if (variable < n) primal[variable] = tableau[i][width - 1]
  })
  return { value: objective[width - 1], primal, dual: objective.slice(n, n + m) }
}

/** The row that bounds the entering variable first; of equals that of the lowest variable. */
function leavingRow(tableau: readonly Float64Array[], basis: readonly number[], entering: number): number | undefined {
  let leaving: number | undefined
  let least = Infinity
  tableau.forEach((row, i) => {
    if (row[entering] <= ROUNDING) return
    const ratio = row[row.length - 1] / row[entering]
    if (ratio < least || (ratio === least && leaving !== undefined && basis[i] < basis[leaving])) {
      leaving = i
      least = ratio
    }
  })
  return leaving
}

/** Makes column `at` a unit vector with its 1 in the row `by`. */
function pivot(rows: readonly Float64Array[], by: Float64Array, at: number): void {
  const factor = 1 / by[at]
  for (let j = 0; j < by.length; j++) by[j] *= factor
  for (const row of rows) {
    const multiple = row[at]
    if (row === by || multiple === 0) continue
    for (let j = 0; j < row.length; j++) row[j] -= multiple * by[j]
  }
}
