/** Kingma, Ba: "Adam: A Method for Stochastic Optimization" (ICLR 2015), their defaults. */
const BETA1 = 0.9
const BETA2 = 0.999
const EPSILON = 1e-8

/**
 * Adam over slices of an array. A slice without a gradient keeps its value and its moments (lazy Adam, as TensorFlow
 * Addons' `LazyAdam`): over embeddings [V, D] a step costs what its words cost, not V. Dense Adam would go on moving,
 * by their old moments, words that the batch does not hold.
 */
export class Adam {
  readonly #first: Float32Array
  readonly #second: Float32Array

  /** @param learningRate may be changed from step to step */
  constructor(
    readonly values: Float32Array | Float64Array,
    public learningRate: number,
  ) {
    this.#first = new Float32Array(values.length)
    this.#second = new Float32Array(values.length)
  }

  /**
   * Moves the values from `start` on by `gradient`.
   * @param time number of the step, from 1
   */
  update(time: number, start: number, gradient: Float64Array): void {
    const first = this.#first
    const second = this.#second
    const rate = (this.learningRate * Math.sqrt(1 - BETA2 ** time)) / (1 - BETA1 ** time)
    const epsilon = EPSILON * Math.sqrt(1 - BETA2 ** time)
    for (let i = 0; i < gradient.length; i++) {
      const at = start + i
      const g = gradient[i]
      first[at] = BETA1 * first[at] + (1 - BETA1) * g
      second[at] = BETA2 * second[at] + (1 - BETA2) * g * g
      this.values[at] -= (rate * first[at]) / (Math.sqrt(second[at]) + epsilon)
    }
  }
}
