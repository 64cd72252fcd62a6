/**
 * How the numbers v that an attack moves make the perturbation δ of a text x, and of what the victim is asked for a
 * gradient. The norm of v is that of δ, and a step along the gradient with respect to v is one along that of δ: an attack
 * moves v as if it were δ.
 */
export interface Layout {
  readonly of: ChangeableText
  /** How many numbers v has. */
  readonly size: number
  /** Writes x + δ, [C, D], rounded to float32, from `start` on. */
  perturb(v: Float64Array, into: Float32Array, start: number): void
  /** Positions of what the victim reads for a gradient. */
  readonly positions: number
  /** Writes what the victim reads for a gradient, [positions, D], rounded to float32, from `start` on. */
  write(v: Float64Array, into: Float32Array, start: number): void
  /** The gradient with respect to v of that with respect to what the victim has read, in the memory of the latter. */
  pull(gradient: Float32Array): Float32Array
}

/** A text, and its positions that may change. */
export interface ChangeableText {
  /** x, [C, D]. */
  readonly text: Float32Array
  /** D. */
  readonly dimensions: number
  /** P of the numbers from 0 to C - 1, rising. */
  readonly changeable: Int32Array
}
