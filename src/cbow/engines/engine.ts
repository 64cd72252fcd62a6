import type { CbowSettings, EngineName } from '../cbow-options.js'
import type { EncodedCorpus } from '../encoded-corpus.js'
import type { Schedule } from '../schedule.js'

/** What an engine is started with. */
export interface EngineJob {
  readonly corpus: EncodedCorpus
  readonly settings: CbowSettings
  readonly schedule: Schedule
  /** The weights to begin with; an engine may train these very arrays. */
  readonly weights: EngineWeights
  readonly threads: number
  /** Several threads shall give the same bytes on each run. */
  readonly lockstep: boolean
}

/** W and U, each [V, D]. */
export interface EngineWeights {
  readonly input: Float32Array
  readonly output: Float32Array
}

/** Loss of one chunk: summed over its centres, each at the weights that its own update began with. */
export interface ChunkLoss {
  readonly loss: number
  readonly centres: number
}

/** A way of computing CBOW training. All take the same draws, and differ by rounding alone (and by their batches). */
export interface Engine {
  readonly name: EngineName
  /** What computes beneath: `wasm`, `native`, `cpu`. */
  readonly backend: string
  /** Version of TensorFlow's library, where that computes. */
  readonly tensorflowVersion?: string
  readonly threads: number
  /** One line that says what computes. */
  readonly description: string
  /** Trains the chunks `from` to `to` - 1 and gives their losses in this order. One call at a time. */
  train(from: number, to: number): Promise<ChunkLoss[]>
  /** The weights as they stand. Between two calls of `train` nothing moves them; the next one may. */
  weights(): EngineWeights
  /** Ends threads and frees tensors. */
  close(): Promise<void>
}
