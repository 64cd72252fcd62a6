import { MOST_VECTORS, type RowProducts } from '../kernels/row-products.js'

/**
 * What cross-entropy needs of a pass over the rows of U, for each of at most 64 examples: its own logit z_y, and of its
 * rivals, the other labels, the highest logit m, S = sum exp(z_t - m) and, in the kernel's memory, G = sum exp(z_t - m) u_t.
 * What was summed under a lower m is scaled down when a higher one comes, so that one pass is enough (Milakov, Gimelshein:
 * "Online normalizer calculation for softmax", 2018).
 *
 * The label itself is in no sum, so nothing cancels where the victim is sure: with l = m + log S - z_y the loss is
 * log(1 + exp l), and its gradient with respect to h is (G / S - u_y) / (1 + exp(-l)).
 */
export class RivalSums {
  readonly #own = new Float64Array(MOST_VECTORS)
  readonly #highest = new Float64Array(MOST_VECTORS).fill(-Infinity)
  readonly #sum = new Float64Array(MOST_VECTORS)

  /** @param labels of the examples, at most 64 */
  constructor(
    readonly kernel: RowProducts,
    readonly labels: Int32Array,
  ) {
    kernel.sums.fill(0, 0, labels.length * kernel.dimensions)
  }

  /** Takes the logits of a block of labels out of the kernel's products [B, R], and adds its rows. */
  block(from: number, rows: number): void {
    const logits = this.kernel.products
    for (let b = 0; b < this.labels.length; b++) {
      const start = b * rows
      const end = start + rows
      const own = this.labels[b] - from
      if (own >= 0 && own < rows) {
        this.#own[b] = logits[start + own]
        logits[start + own] = -Infinity
      }
      let highest = this.#highest[b]
      for (let i = start; i < end; i++) if (logits[i] > highest) highest = logits[i]
      if (highest > this.#highest[b]) this.#raise(b, highest)
      let sum = this.#sum[b]
      for (let i = start; i < end; i++) sum += logits[i] = Math.exp(logits[i] - highest)
      this.#sum[b] = sum
    }
    this.kernel.addWeighted(this.labels.length)
  }

  #raise(b: number, highest: number): void {
    const scale = Math.exp(this.#highest[b] - highest)
    this.#highest[b] = highest
    this.#sum[b] *= scale
    const { sums, dimensions } = this.kernel
    for (let d = b * dimensions; d < (b + 1) * dimensions; d++) sums[d] *= scale
  }

  /**
   * Writes `share` times the gradient of an example with respect to h to D numbers from `at` on.
   * @param output U, [K, D]
   * @returns the loss
   */
  finish(b: number, output: Float32Array, share: number, gradient: Float32Array, at: number): number {
    const { sums, dimensions: D } = this.kernel
    const own = this.labels[b] * D
    const sum = this.#sum[b]
    const odds = this.#highest[b] - this.#own[b] + Math.log(sum)
    const weight = share / (1 + Math.exp(-odds))
    for (let d = 0; d < D; d++) gradient[at + d] = weight * (sums[b * D + d] / sum - output[own + d])
    return odds > 0 ? odds + Math.log1p(Math.exp(-odds)) : Math.log1p(Math.exp(odds))
  }
}
