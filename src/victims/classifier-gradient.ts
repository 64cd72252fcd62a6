/** What the loss of a mean-of-embeddings classifier reads. */
export interface ClassifierParameters {
  /** [V, D]. */
  readonly embeddings: Float32Array
  /** [D, K]. */
  readonly weights: Float32Array
  /** [K]. */
  readonly bias: Float32Array
}

/**
 * The mean cross-entropy of a batch of texts and its gradients in closed form, summed in float64. With h the mean of a
 * text's C vectors and r = softmax(h · weights + bias) - e_y: d weights = h r^T, d bias = r, and d embeddings[w] =
 * (count of w in the text / C) weights r, each averaged over the batch. The gradients' memory is used again by the next
 * call.
 */
export class ClassifierGradient {
  /** [D, K]. */
  readonly weights: Float64Array
  /** [K]. */
  readonly bias: Float64Array
  /** By word, [D] each: the words of the batch alone. */
  readonly embeddings = new Map<number, Float64Array>()
  readonly #pooled: Float64Array
  readonly #residual: Float64Array
  readonly #free: Float64Array[] = []

  constructor(
    readonly dimensions: number,
    readonly labels: number,
  ) {
    this.weights = new Float64Array(dimensions * labels)
    this.bias = new Float64Array(labels)
    this.#pooled = new Float64Array(dimensions)
    this.#residual = new Float64Array(labels)
  }

  /**
   * @param texts word numbers of each text, at least one
   * @param truths label of each text
   * @param embeddingsToo whether the embeddings' gradient is wanted
   * @returns the mean loss
   */
  compute(
    parameters: ClassifierParameters,
    texts: readonly Int32Array[],
    truths: ArrayLike<number>,
    embeddingsToo = true,
  ): number {
    this.weights.fill(0)
    this.bias.fill(0)
    for (const row of this.embeddings.values()) this.#free.push(row.fill(0))
    this.embeddings.clear()
    let loss = 0
    texts.forEach((ids, b) => {
      this.#pool(parameters.embeddings, ids)
      loss += this.#residuals(parameters, truths[b], 1 / texts.length)
      this.#addWeights()
      if (embeddingsToo) this.#addEmbeddings(parameters.weights, ids)
    })
    return loss / texts.length
  }

  #pool(embeddings: Float32Array, ids: Int32Array): void {
    const D = this.dimensions
    this.#pooled.fill(0)
    for (const id of ids) {
      for (let d = 0; d < D; d++) this.#pooled[d] += embeddings[id * D + d]
    }
    for (let d = 0; d < D; d++) this.#pooled[d] /= ids.length
  }

  /** Sets the residual to `share` (p - e_y), and gives the text's loss. */
  #residuals({ weights, bias }: ClassifierParameters, truth: number, share: number): number {
    const K = this.labels
    const z = this.#residual
    z.set(bias)
    for (let d = 0; d < this.dimensions; d++) {
      for (let k = 0; k < K; k++) z[k] += this.#pooled[d] * weights[d * K + k]
    }
    const highest = z.reduce((a, b) => Math.max(a, b))
    const own = z[truth]
    let sum = 0
    for (let k = 0; k < K; k++) sum += z[k] = Math.exp(z[k] - highest)
    for (let k = 0; k < K; k++) z[k] *= share / sum
    z[truth] -= share
    return highest + Math.log(sum) - own
  }

  #addWeights(): void {
    const K = this.labels
    for (let d = 0; d < this.dimensions; d++) {
      for (let k = 0; k < K; k++) this.weights[d * K + k] += this.#pooled[d] * this.#residual[k]
    }
    for (let k = 0; k < K; k++) this.bias[k] += this.#residual[k]
  }

  #addEmbeddings(weights: Float32Array, ids: Int32Array): void {
    const K = this.labels
    const back = this.#pooled
    for (let d = 0; d < this.dimensions; d++) {
      let sum = 0
      for (let k = 0; k < K; k++) sum += weights[d * K + k] * this.#residual[k]
      back[d] = sum / ids.length
    }
    for (const id of ids) {
      const row = this.#rowOf(id)
      for (let d = 0; d < row.length; d++) row[d] += back[d]
    }
  }

  #rowOf(id: number): Float64Array {
    const row = this.embeddings.get(id) ?? this.#free.pop() ?? new Float64Array(this.dimensions)
    this.embeddings.set(id, row)
    return row
  }
}
