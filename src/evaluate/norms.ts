import type { Norm } from '../base/norm.js'

/** Norms of `after` - `before`, two embedded inputs of one shape, in one pass; differences and sums are float64. */
export function normsOfChange(before: Float32Array, after: Float32Array): Record<Norm, number> {
  let [l1, squares, linf] = [0, 0, 0]
  for (let i = 0; i < before.length; i++) {
    const size = Math.abs(after[i] - before[i])
    l1 += size
    squares += size * size
    if (size > linf) linf = size
  }
  return { l1, l2: Math.sqrt(squares), linf }
}
