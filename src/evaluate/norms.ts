import { type Norm, normOf } from '../base/norm.js'

/** Norms of `after` - `before`, two embedded inputs of one shape; differences and sums are float64. */
export function normsOfChange(before: Float32Array, after: Float32Array): Record<Norm, number> {
  const change = Float64Array.from(after, (value, i) => value - before[i])
  return { l1: normOf('l1', change), l2: normOf('l2', change), linf: normOf('linf', change) }
}
