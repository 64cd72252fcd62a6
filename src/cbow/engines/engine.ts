import type { CbowSettings, EngineName } from '../cbow-options.js'
import type { EncodedCorpus } from '../encoded-corpus.js'
import type { Slots } from '../optimizer.js'
import type { Schedule } from '../schedule.js'
import type { Matrix, WeightRows, Weights } from '../weight-rows.js'

/** What an engine is started with. */
export interface EngineJob {
  readonly corpus: EncodedCorpus
  readonly settings: CbowSettings
  readonly schedule: Schedule
  /** The weights to begin with: read once, by blocks, so that they need not lie in memory twice. */
  readonly begin: WeightRows
  /** What the optimiser remembers; absent at the beginning of training. */
  readonly slots?: Slots
  readonly threads: number
  /** Several threads, or a GPU, shall give the same bytes on each run. */
  readonly lockstep: boolean
}

/** Loss of one chunk: summed over its centres, each at the weights that its own update began with. */
export interface ChunkLoss {
  readonly loss: number
  readonly centres: number
}

/** A way of computing CBOW training. All take the same draws, and differ by rounding alone (and by their batches). */
export interface Engine extends WeightRows {
  readonly name: EngineName
  /** What computes beneath: `cuda`, `wasm`, `native`, `cpu`. */
  readonly backend: string
  /** Version of TensorFlow's library, where that computes. */
  readonly tensorflowVersion?: string
  /** The GPU that computes, and the CUDA version that its driver serves, of engine cuda. */
  readonly gpu?: string
  readonly cudaVersion?: string
  readonly threads: number
  /** One line that says what computes. */
  readonly description: string
  /** Trains the chunks `from` to `to` - 1 and gives their losses in this order. One call at a time. */
  train(from: number, to: number): Promise<ChunkLoss[]>
  /** Rows of the weights as they stand. */
  readRows(matrix: Matrix, first: number, into: Float32Array): void
  /** All of them. Between two calls of `train` nothing moves them; the next one may. */
  weights(): Weights
  /** What the optimiser remembers, as it stands; absent where there is only SGD. */
  slots?(): Slots
  /**
   * Ends training, and gives the weights, without a copy where it can: they may lie in shared memory. Only `close`
   * may follow.
   */
  finish(): Promise<Weights>
  /** Ends threads and frees tensors. */
  close(): Promise<void>
}
