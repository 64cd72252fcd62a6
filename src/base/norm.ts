/** The norms in which a perturbation is measured, always over all its positions jointly. */
export const NORMS = ['l1', 'l2', 'linf'] as const
export type Norm = (typeof NORMS)[number]

/** The norm of `values`, summed in float64. */
export function normOf(norm: Norm, values: ArrayLike<number>): number {
  let sum = 0
  let largest = 0
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i])
    if (size > largest) largest = size
    sum += norm === 'l2' ? size * size : size
  }
  if (norm === 'linf') return largest
  return norm === 'l2' ? Math.sqrt(sum) : sum
}
