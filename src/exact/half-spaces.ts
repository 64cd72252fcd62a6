import { dot } from '../base/dot.js'
import { Span } from './span.js'

/** K half-spaces of R^D: row k asks for a_k · x >= b_k. */
export interface HalfSpaces {
  /** K. */
  readonly count: number
  /** D. */
  readonly dimensions: number
  /** a_k, [D]: a view that the next call may write over. */
  row(k: number): Float64Array
  /** b_k. */
  bound(k: number): number
  /** At least |a_k|₂: rows that cannot matter are told by it without being looked at. */
  length(k: number): number
}

/** A point of the intersection, and the half-spaces that hold it there. */
export interface NearestPoint {
  /** [D]. */
  readonly x: Float64Array
  readonly active: readonly number[]
}

/** Violations up to this share of the numbers they come from are rounding. */
const TOLERANCE = 1e-10
/** A normal of which no more than this share is orthogonal to others depends on them, but for rounding. */
const DEPENDENT = 1e-12

/**
 * The point of an intersection of half-spaces nearest to the origin, min |x|₂ subject to a_k · x >= b_k, by the dual method
 * of Goldfarb and Idnani ("A numerically stable dual method for solving strictly convex quadratic programs",
 * Mathematical Programming 27, 1983, section 3, with the identity for G). It begins at the origin and adds the half-space
 * that is violated most until none is, so that of many half-spaces it looks closely at few: O(K D) for each step.
 * @returns undefined where no point lies in all of them
 */
export function nearestPoint(spaces: HalfSpaces): NearestPoint | undefined {
  const x = new Float64Array(spaces.dimensions)
  const active: number[] = []
  /** The a_k of the active half-spaces, and their multipliers u. */
  const normals = new Span()
  let multipliers: number[] = []
  const drop = (index: number) => {
    active.splice(index, 1)
    normals.drop(index)
    multipliers.splice(index, 1)
  }
  for (let added = mostViolated(spaces, x); added !== undefined; added = mostViolated(spaces, x)) {
    const normal = spaces.row(added).slice()
    const bound = spaces.bound(added)
    let own = 0
    for (;;) {
      const { along, rest } = normals.split(normal)
      const blocking = firstBlocking(multipliers, along)
      const partial = blocking === undefined ? Infinity : multipliers[blocking] / along[blocking]
      const slope = dot(rest, rest)
      const isDependent = slope <= DEPENDENT ** 2 * dot(normal, normal)
      const full = isDependent ? Infinity : (bound - dot(normal, x)) / slope
      const step = Math.min(partial, full)
      if (step === Infinity) {
        // Less those that it depends on the half-space asks for 0 >= this surplus: there is no point, but for rounding.
        const surplus = bound - dot(normal, x)
        const size = along.reduce((sum, factor, i) => sum + Math.abs(factor * spaces.bound(active[i])), Math.abs(bound))
        return surplus > TOLERANCE * size ? undefined : { x, active }
      }
      if (!isDependent) for (let d = 0; d < x.length; d++) x[d] += step * rest[d]
      multipliers = multipliers.map((u, i) => u - step * along[i])
      own += step
      if (step === full) break
      drop(blocking!)
    }
    active.push(added)
    normals.add(normal)
    multipliers.push(own)
  }
  return { x, active }
}

/** The half-space that `x` is farthest outside of, if it is outside of any. */
export function mostViolated(spaces: HalfSpaces, x: Float64Array): number | undefined {
  let worst: number | undefined
  let most = 0
  const far = Math.sqrt(dot(x, x))
  for (let k = 0; k < spaces.count; k++) {
    const bound = spaces.bound(k)
    if (bound + spaces.length(k) * far <= most) continue
    const row = spaces.row(k)
    let product = 0
    let size = 0
    for (let d = 0; d < x.length; d++) {
      product += row[d] * x[d]
      size += Math.abs(row[d] * x[d])
    }
    const violation = bound - product
    if (violation <= TOLERANCE * (size + Math.abs(bound)) || violation <= most) continue
    worst = k
    most = violation
  }
  return worst
}

/** The active half-space whose multiplier is the first to reach 0. */
function firstBlocking(multipliers: readonly number[], along: readonly number[]): number | undefined {
  let first: number | undefined
  along.forEach((factor, i) => {
    if (factor <= 0) return
    if (first === undefined || multipliers[i] / factor < multipliers[first] / along[first]) first = i
  })
  return first
}
