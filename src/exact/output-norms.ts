import type { Norm } from '../base/norm.js'
import type { LinearForm } from '../gradient/victim.js'

/**
 * Sizes of output rows and of their differences in the norm dual to another. For one run, while the rows stay as they
 * are.
 */
export class OutputNorms {
  readonly #known = new Map<Norm, Float64Array>()
  readonly #classes: number
  readonly #dimensions: number

  constructor(readonly linear: Pick<LinearForm, 'output' | 'bias'>) {
    this.#classes = linear.bias.length
    this.#dimensions = linear.output.length / this.#classes
  }

  /** |u_k| of each label, [K]. |u_t - u_y| is at most |u_t| + |u_y|, which spares most differences of many labels. */
  rows(norm: Norm): Float64Array {
    let sizes = this.#known.get(norm)
    if (!sizes) {
      sizes = Float64Array.from({ length: this.#classes }, (_, k) => this.#dual(norm, k))
      this.#known.set(norm, sizes)
    }
    return sizes
  }

  /** |u_t - u_y|. */
  difference(norm: Norm, t: number, y: number): number {
    return this.#dual(norm, t, y)
  }

  /** L1 and Linf are each other's dual, L2 its own. */
  #dual(norm: Norm, t: number, y?: number): number {
    const { output } = this.linear
    const D = this.#dimensions
    let sum = 0
    let largest = 0
    for (let d = 0; d < D; d++) {
      const size = Math.abs(output[t * D + d] - (y === undefined ? 0 : output[y * D + d]))
      if (size > largest) largest = size
      sum += norm === 'l2' ? size * size : size
    }
    return norm === 'l1' ? largest : norm === 'l2' ? Math.sqrt(sum) : sum
  }
}
