import type { Norm } from '../../base/norm.js'

/** Of one vector. */
export type Norms = Readonly<Record<Norm, number>>

/** The change of an embedded input [C, D], rounded to float32 as it is saved. */
export interface Change {
  readonly perturbation: Float32Array
  /**
   * The input with the perturbation added, rounded to float32: it is this that is judged, so that a saved perturbation
   * gives the judged input bit by bit.
   */
  readonly input: Float32Array
  /** Of what the input differs by from the one before; not finite where it is not. */
  readonly norms: Norms
}

/** The change from `before` to `after`, two embedded inputs of one shape, in one pass. */
export function changeBetween(before: Float32Array, after: Float32Array): Change {
  const perturbation = new Float32Array(before.length)
  const input = new Float32Array(before.length)
  let [l1, squares, linf] = [0, 0, 0]
  for (let i = 0; i < before.length; i++) {
    const old = before[i]
    const moved = Math.fround(after[i] - old)
    const sum = Math.fround(old + moved)
    const size = Math.abs(sum - old)
    perturbation[i] = moved
    input[i] = sum
    l1 += size
    squares += size * size
    if (size > linf) linf = size
  }
  return { perturbation, input, norms: { l1, l2: Math.sqrt(squares), linf } }
}

/** Norms of `after` - `before`, two embedded inputs of one shape, in one pass; differences and sums are float64. */
export function normsOfChange(before: Float32Array, after: Float32Array): Norms {
  let [l1, squares, linf] = [0, 0, 0]
  for (let i = 0; i < before.length; i++) {
    const size = Math.abs(after[i] - before[i])
    l1 += size
    squares += size * size
    if (size > linf) linf = size
  }
  return { l1, l2: Math.sqrt(squares), linf }
}
