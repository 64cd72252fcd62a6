import type { EmbeddedBatch } from '../../gradient/victim.js'
import type { Point } from './walk.js'

/** Lays what a victim reads of points one after the other, in memory that is used again. */
export class IterateBatches {
  #embedded = new Float32Array()

  constructor(readonly dimensions: number) {}

  /** x + δ of each. Valid until the next batch. */
  texts(points: readonly Point[]): EmbeddedBatch {
    const batch = this.#ofPositions(points.map(({ layout }) => layout.of.text.length / this.dimensions))
    points.forEach(({ layout, delta }, b) => {
      layout.perturb(delta, batch.embedded, batch.offsets[b] * this.dimensions)
    })
    return batch
  }

  /** What is read of each for a gradient: a point may stand in it more than once. Valid until the next batch. */
  forGradients(points: readonly Point[]): EmbeddedBatch {
    const batch = this.#ofPositions(points.map(({ layout }) => layout.positions))
    points.forEach(({ layout, delta }, b) => {
      layout.write(delta, batch.embedded, batch.offsets[b] * this.dimensions)
    })
    return batch
  }

  #ofPositions(counts: readonly number[]): EmbeddedBatch {
    const { dimensions } = this
    const offsets = new Int32Array(counts.length + 1)
    counts.forEach((count, b) => {
      offsets[b + 1] = offsets[b] + count
    })
    const length = offsets[counts.length] * dimensions
    if (this.#embedded.length < length) this.#embedded = new Float32Array(length)
    return { embedded: this.#embedded.subarray(0, length), offsets, dimensions }
  }
}
