import { pool, positionWeight, repeatRow } from '../gradient/pooling.js'
import type { EmbeddedBatch, LinearEngine, LogitWeights, Pullback } from '../gradient/victim.js'
import { type LinearCuda, MOST_BEST } from '../kernels/cuda/linear-cuda.js'

/**
 * A linear victim's logits, pullbacks and best words by a GPU's kernels, for embedded inputs of any kind. Words are
 * pooled here, so that a row of D numbers goes over for each example. The program waits, as attacks do.
 */
export class GpuEngine implements LinearEngine {
  readonly mostWords = MOST_BEST
  readonly #linear: LinearCuda

  constructor(linear: LinearCuda) {
    this.#linear = linear
  }

  logits(batch: EmbeddedBatch): Float32Array {
    return this.#linear.logits(Float32Array.from(pool(batch, this.#linear.parts.pooling)))
  }

  pullback(batch: EmbeddedBatch, weigh: LogitWeights): Pullback {
    const { offsets, dimensions: D } = batch
    const logits = this.logits(batch)
    const rows = this.#linear.pullBack(weigh(logits))
    const gradient = new Float32Array(batch.embedded.length)
    for (let b = 0; b < offsets.length - 1; b++) {
      const share = positionWeight(this.#linear.parts.pooling, batch, b)
      for (let d = 0; d < D; d++) gradient[offsets[b] * D + d] = share * rows[b * D + d]
      repeatRow(gradient, batch, b)
    }
    return { gradient, logits }
  }

  bestWords(direction: Float32Array, count: number): { words: Uint32Array; scores: Float32Array } {
    return this.#linear.bestWordsNow(direction, count)
  }
}
