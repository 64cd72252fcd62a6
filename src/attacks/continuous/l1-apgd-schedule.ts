/** Looks back so often, as a share of the steps. */
const PERIOD = 0.04
/** The next steps move this share of the coordinates that the best iterate has changed. */
const SPARSER = 1.5
/** Steps are shortened by this factor, at most so often that they are a tenth. */
const SHORTER = 1.5
const SHORTEST = 0.1
/** With less than this share of the changed coordinates of the last look, the sparsity still falls. */
const STILL_FALLING = 0.95
/** The share of all coordinates that the first steps move. */
const FIRST_SHARE = 0.2

/**
 * How many coordinates the steps of L1-APGD move, and how far: both by the number of coordinates that the best iterate
 * has changed (Croce and Hein 2021, section 3.3 and algorithm 2).
 */
export class SparseSteps {
  #length: number
  #count: number
  #changed: number
  readonly #period: number

  /** @param size how many coordinates there are */
  constructor(
    steps: number,
    readonly radius: number,
    size: number,
  ) {
    this.#length = radius
    this.#count = FIRST_SHARE * size
    this.#changed = size
    this.#period = Math.max(1, Math.floor(PERIOD * steps))
  }

  get length(): number {
    return this.#length
  }

  /** How many coordinates a step moves: at least one. */
  get count(): number {
    return Math.max(1, Math.floor(this.#count))
  }

  /**
   * Told after each step.
   * @param changed how many coordinates the best iterate so far has changed
   * @returns whether the walk is to go on from that iterate
   */
  next(step: number, changed: () => number): boolean {
    if (step === 0 || step % this.#period !== 0) return false
    const now = changed()
    const isFalling = now < STILL_FALLING * this.#changed
    this.#count = now / SPARSER
    this.#length = isFalling ? this.radius : Math.max(this.#length / SHORTER, SHORTEST * this.radius)
    this.#changed = now
    return isFalling
  }
}
