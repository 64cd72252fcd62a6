import type { CounterStream } from '../../../base/random.js'

/** What a continuous attack needs to know of a norm. Vectors are one example's positions and dimensions, flattened. */
export interface Ball {
  /**
   * Steepest ascent: adds to `delta` the vector of norm `length` that maximises its product with `gradient`. A gradient
   * of zeros adds nothing; a negative `length` descends.
   */
  step(delta: Float64Array, gradient: ArrayLike<number>, length: number): void
  /** Moves `delta` to the nearest point (in the Euclidean distance) of the ball of this radius around zero. */
  project(delta: Float64Array, radius: number): void
  /** Fills `delta` with a uniform point of the ball of this radius around zero. */
  draw(delta: Float64Array, radius: number, stream: CounterStream): void
}
