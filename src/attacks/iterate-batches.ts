import type { EmbeddedBatch } from '../gradient/victim.js'
import type { Point } from './walk.js'

/** Lays x + δ of points one after the other, in memory that is used again. */
export class IterateBatches {
  #embedded = new Float32Array()

  constructor(readonly dimensions: number) {}

  /** Valid until the next one. A point may stand in it more than once. */
  of(points: readonly Point[]): EmbeddedBatch {
    const D = this.dimensions
    const offsets = new Int32Array(points.length + 1)
    for (let b = 0; b < points.length; b++) offsets[b + 1] = offsets[b] + points[b].text.length / D
    const length = offsets[points.length] * D
    if (this.#embedded.length < length) this.#embedded = new Float32Array(length)
    for (let b = 0; b < points.length; b++) writeIterate(points[b], points[b].delta, this.#embedded, offsets[b] * D)
    return { embedded: this.#embedded.subarray(0, length), offsets, dimensions: D }
  }
}

/** x + δ of a point, rounded to float32, from `start` on. */
export function writeIterate({ text, positions }: Point, delta: Float64Array, into: Float32Array, start: number): void {
  if (positions === undefined) {
    for (let i = 0; i < text.length; i++) into[start + i] = text[i] + delta[i]
    return
  }
  into.set(text, start)
  const D = delta.length / positions.length
  positions.forEach((position, p) => {
    for (let d = 0; d < D; d++) into[start + position * D + d] += delta[p * D + d]
  })
}

/** The part of a gradient [C, D] that belongs to a point's positions, [P, D]. */
export function atPositions({ positions, delta }: Point, gradient: Float32Array): Float32Array {
  if (positions === undefined) return gradient
  const D = delta.length / positions.length
  const part = new Float32Array(delta.length)
  positions.forEach((position, p) => {
    part.set(gradient.subarray(position * D, (position + 1) * D), p * D)
  })
  return part
}
