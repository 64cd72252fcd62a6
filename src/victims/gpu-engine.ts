import type { Objective } from '../gradient/objective.js'
import { pool, positionWeight, repeatRow } from '../gradient/pooling.js'
import type {
  Ascent,
  AscentResult,
  EmbeddedBatch,
  LinearEngine,
  LogitWeights,
  Pullback,
  TextGradients,
} from '../gradient/victim.js'
import { type LinearCuda, MOST_BEST } from '../kernels/cuda/linear-cuda.js'
import { packTexts } from './gpu-texts.js'

/**
 * A linear victim by a GPU's kernels. Embedded inputs of any kind are pooled here, so that a row of D numbers goes over for
 * each; of texts their word numbers. The program waits, as attacks do.
 */
export class GpuEngine implements LinearEngine {
  readonly name = 'cuda'
  readonly mostWords = MOST_BEST
  readonly #linear: LinearCuda

  /**
   * @param device the GPU's name
   * @param parametersHash of the victim whose parts `linear` has just copied
   */
  constructor(
    linear: LinearCuda,
    readonly device: string,
    readonly parametersHash: string,
  ) {
    this.#linear = linear
  }

  logits(batch: EmbeddedBatch): Float32Array {
    return this.#linear.logits(new Float32Array(pool(batch, this.#linear.parts.pooling)))
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

  readTexts(ids: readonly Int32Array[], labels: Int32Array, objective: Objective): TextGradients {
    return this.#linear.readNow(packTexts(ids, labels), objective)
  }

  ascend(ids: readonly Int32Array[], labels: Int32Array, ascent: Ascent, rivals?: Int32Array): AscentResult {
    return this.#linear.climbNow(packTexts(ids, labels, rivals), ascent)
  }

  bestWords(direction: Float32Array, count: number): { words: Uint32Array; scores: Float32Array } {
    return this.#linear.bestWordsNow(direction, count)
  }
}
