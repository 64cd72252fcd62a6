import type { Slots } from '../optimizer.js'
import type { Matrix, WeightRows, Weights } from '../weight-rows.js'
import type { TensorBatch } from './tensor-batch.js'

/** W and U with their optimiser's slots, and how a batch moves them. */
export interface TensorTraining extends WeightRows {
  /** Where the matrices lie, in a few words. */
  readonly description: string
  /** Takes one step; returns the batch's summed loss, at the weights before it. */
  step(batch: TensorBatch): number
  readRows(matrix: Matrix, first: number, into: Float32Array): void
  weights(): Weights
  slots(): Slots
  /** Frees what tensors it holds. */
  dispose(): void
}
