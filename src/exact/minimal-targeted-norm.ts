import { dot } from '../base/dot.js'
import type { Norm } from '../base/norm.js'
import type { LinearForm } from '../gradient/victim.js'
import { type HalfSpaces, mostViolated, nearestPoint } from './half-spaces.js'
import { maximise } from './linear-program.js'
import { type MinimalNorm, type NormProblem, reachOf } from './minimal-norm.js'
import { OutputNorms } from './output-norms.js'

/** The least perturbation that reaches a target, and what it does. */
export interface MinimalTargetedNorm extends MinimalNorm {
  /** The change of the pooled vector at the optimum, [D]; undefined where the target is never reached. */
  readonly shift?: Float64Array
}

/**
 * The minimal perturbation of the embedded words with which a linear victim predicts a target, which must beat every
 * other label: with x the change of the pooled vector,
 *
 *     min |x| subject to (u_t - u_j) · x >= z_j - z_t for all j != t,
 *
 * divided by what the positions together reach (`reachOf`: all of them change alike, or in L1 as one). In L2 a quadratic
 * program (`nearestPoint`), in L1 and Linf a linear one. Exact for any number of labels; O(K D) for each of a few steps.
 * @param norms of the rows, to be used for many texts
 */
export function minimalTargetedNorm(
  linear: LinearForm,
  norm: Norm,
  problem: NormProblem & { readonly target: number },
  norms = new OutputNorms(linear),
): MinimalTargetedNorm {
  const { target } = problem
  const spaces = beatingOthers(linear, problem.logits, target, norms)
  const nearest = nearestPoint(spaces)
  const reach = reachOf(linear, norm, problem)
  if (nearest === undefined) return { norm: Infinity, target, isExact: true }
  const shift = norm === 'l2' ? nearest.x : leastInPolyhedralNorm(spaces, norm, nearest.x, nearest.active)
  const size = sizeOf(norm, shift)
  return { norm: size === 0 ? 0 : size / reach, target, isExact: true, shift }
}

/** The changes of the pooled vector with which the target beats every other label. */
function beatingOthers(
  { output }: LinearForm,
  logits: ArrayLike<number>,
  target: number,
  norms: OutputNorms,
): HalfSpaces {
  const D = output.length / logits.length
  const difference = new Float64Array(D)
  const lengths = norms.rows('l2')
  const other = (k: number) => (k < target ? k : k + 1)
  return {
    count: logits.length - 1,
    dimensions: D,
    row(k) {
      const j = other(k)
      for (let d = 0; d < D; d++) difference[d] = output[target * D + d] - output[j * D + d]
      return difference
    },
    bound: (k) => logits[other(k)] - logits[target],
    length: (k) => lengths[target] + lengths[other(k)],
  }
}

/** The gap between the two bounds of an optimum at which it is found, as a share of it. */
const PRECISION = 1e-10

/**
 * min |x| in L1 or Linf over an intersection of half-spaces A x >= b, through the dual, max b · λ subject to |Aᵀλ|_* <= 1
 * and λ >= 0. The dual norm is a maximum over the vertices v of the unit ball (±e_d, or all signs), so that both are
 * linear programs, solved over those half-spaces and vertices alone that turn out to matter (cutting planes after Kelley
 * 1960): the program's own dual is x = Σ μ_v v, a point of norm Σ μ_v.
 * @param inside a point of the intersection other than the origin, or the origin, which then is the least
 * @param near half-spaces to begin with
 */
function leastInPolyhedralNorm(
  spaces: HalfSpaces,
  norm: 'l1' | 'linf',
  inside: Float64Array,
  near: readonly number[],
): Float64Array {
  const start = sizeOf(norm, inside)
  if (start === 0) return inside
  // Any point of the unit ball may stand among the vertices; this one bounds the first program.
  const vertices: Float64Array[] = [inside.map((value) => value / start)]
  const taken = new Set(near)
  const rows = near.map((k) => unitRow(spaces, k, inside))
  for (;;) {
    const constraints = vertices.map((vertex) => rows.map(({ normal }) => dot(normal, vertex)))
    const scale = Math.max(...rows.map(({ bound }) => Math.abs(bound)))
    const found = maximise(
      rows.map(({ bound }) => bound / scale),
      constraints,
    )
    if (found === undefined) throw new Error('the program of a minimal norm has no bound')
    const pull = combination(
      rows.map(({ normal }) => normal),
      found.primal,
    )
    const vertex = steepest(norm, pull)
    // What is violated though it is taken already is so by rounding: to add it once more would never end.
    if (dualSizeOf(norm, pull) > 1 + PRECISION && !vertices.some((other) => isSame(other, vertex))) {
      vertices.push(vertex)
      continue
    }
    const x = combination(vertices, found.dual).map((value) => value * scale)
    const violated = mostViolated(spaces, x)
    if (violated === undefined || taken.has(violated)) return x
    taken.add(violated)
    rows.push(unitRow(spaces, violated, inside))
  }
}

/**
 * A half-space by a normal of length 1: the program's numbers are then near 1, whatever the weights are. It counts `inside`
 * in, which may be outside by rounding: the program has a bound.
 */
function unitRow(spaces: HalfSpaces, k: number, inside: Float64Array): { normal: Float64Array; bound: number } {
  const row = spaces.row(k)
  const length = sizeOf('l2', row)
  const normal = row.map((value) => value / length)
  return { normal, bound: Math.min(spaces.bound(k) / length, dot(normal, inside)) }
}

function combination(vectors: readonly Float64Array[], factors: Float64Array): Float64Array {
  const sum = new Float64Array(vectors[0].length)
  vectors.forEach((vector, i) => {
    if (factors[i] !== 0) for (let d = 0; d < sum.length; d++) sum[d] += factors[i] * vector[d]
  })
  return sum
}

/** The vertex v of the unit ball with the largest v · pull. */
function steepest(norm: 'l1' | 'linf', pull: Float64Array): Float64Array {
  if (norm === 'linf') return pull.map((value) => (value < 0 ? -1 : 1))
  const vertex = new Float64Array(pull.length)
  const largest = pull.reduce((best, value, d) => (Math.abs(value) > Math.abs(pull[best]) ? d : best), 0)
  vertex[largest] = pull[largest] < 0 ? -1 : 1
  return vertex
}

const isSame = (a: Float64Array, b: Float64Array) => a.every((value, d) => value === b[d])

const largestOf = (x: Float64Array) => x.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
const sumOf = (x: Float64Array) => x.reduce((sum, value) => sum + Math.abs(value), 0)

const sizeOf = (norm: Norm, x: Float64Array): number =>
  norm === 'l2' ? Math.sqrt(dot(x, x)) : norm === 'l1' ? sumOf(x) : largestOf(x)

const dualSizeOf = (norm: 'l1' | 'linf', x: Float64Array): number => (norm === 'l1' ? largestOf(x) : sumOf(x))
