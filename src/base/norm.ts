/** The norms in which a perturbation is measured, always over all its positions jointly. */
export const NORMS = ['l1', 'l2', 'linf'] as const
/** The name of a norm. */
export type Norm = (typeof NORMS)[number]

/** The norm of `values`, summed in float64. NaN among them gives NaN, but in Linf. */
export function normOf(norm: Norm, values: ArrayLike<number>): number {
  let sum = 0
  switch (norm) {
    case 'l1':
      for (let i = 0; i < values.length; i++) sum += Math.abs(values[i])
      return sum
    case 'l2':
      for (let i = 0; i < values.length; i++) sum += values[i] * values[i]
      return Math.sqrt(sum)
    case 'linf':
      for (let i = 0; i < values.length; i++) if (Math.abs(values[i]) > sum) sum = Math.abs(values[i])
      return sum
  }
}
