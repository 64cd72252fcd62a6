/** Decay of the moments: β1 and β2 of Adam's authors. */
export const BETA = { first: 0.9, second: 0.999 } as const

/** Running means of the gradient (m) and of its square (v), of each value. */
interface Moments {
  readonly first: Float32Array
  readonly second: Float32Array
}

/**
 * Kingma, Ba: "Adam: A Method for Stochastic Optimization" (ICLR 2015), algorithm 1, over slices of an array:
 * w -= α (m / (1 - β1^t)) / (√(v / (1 - β2^t)) + ε), the corrections put into α and ε. A slice without a gradient keeps
 * its value and its moments (lazy Adam, as TensorFlow Addons' `LazyAdam`): over embeddings [V, D] a step costs what its
 * words cost, not V. Dense Adam would go on moving, by their old moments, words that the batch does not hold.
 */
export class Adam {
  /**
   * @param epsilon keeps the quotient finite; the authors' unless given
   * @param moments to go on from; zeros unless given
   */
  constructor(
    readonly values: Float32Array | Float64Array,
    readonly epsilon = 1e-8,
    readonly moments: Moments = {
      first: new Float32Array(values.length),
      second: new Float32Array(values.length),
    },
  ) {}

  /**
   * Moves the values from `start` on by `gradient`.
   * @param time number of the step, from 1
   */
  update(time: number, learningRate: number, start: number, gradient: Float64Array): void {
    const { first, second } = this.moments
    const correction = Math.sqrt(1 - BETA.second ** time)
    const rate = (learningRate * correction) / (1 - BETA.first ** time)
    const epsilon = this.epsilon * correction
    for (let i = 0; i < gradient.length; i++) {
      const at = start + i
      const g = gradient[i]
      first[at] = BETA.first * first[at] + (1 - BETA.first) * g
      second[at] = BETA.second * second[at] + (1 - BETA.second) * g * g
      this.values[at] -= (rate * first[at]) / (Math.sqrt(second[at]) + epsilon)
    }
  }
}
