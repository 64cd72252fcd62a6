/** The paper's ρ: with fewer rises than this share of the steps since the last look, the steps are too long. */
const RHO = 0.75

/**
 * The steps at which Auto-PGD looks back: p_1 = 0.22, p_{j+1} = p_j + max(p_j - p_{j-1} - 0.03, 0.06) with p_0 = 0, each
 * w_j = ⌈p_j N⌉ (Croce and Hein 2020, section 3.1); those below N.
 */
export function checkpoints(steps: number): readonly number[] {
  const points: number[] = []
  for (let share = 0.22, period = 0.22; share < 1; period = Math.max(period - 0.03, 0.06), share += period) {
    // Shares like 0.41 are no binary numbers: 0.41 of 100 must not become 42.
    const point = Math.ceil(share * steps - 1e-9)
    if (point < steps && !points.includes(point)) points.push(point)
  }
  return points
}

/** The length of Auto-PGD's steps: 2 ε at first, halved where it does not help (algorithm 1, conditions 1 and 2). */
export class StepLength {
  #length: number
  readonly #looks: ReadonlySet<number>
  #lastLook = 0
  #rises = 0
  #loss = Infinity
  #best = -Infinity
  #bestAtLook = -Infinity
  #isHalved = false

  constructor(steps: number, radius: number) {
    this.#length = 2 * radius
    this.#looks = new Set(checkpoints(steps))
  }

  get length(): number {
    return this.#length
  }

  /**
   * Told the loss of each iterate, from the first (step 0) on.
   * @returns whether the length was halved, and the walk is to go on from its best iterate
   */
  next(step: number, loss: number): boolean {
    if (loss > this.#loss) this.#rises++
    this.#loss = loss
    if (loss > this.#best) this.#best = loss
    if (!this.#looks.has(step)) return false
    const isSlow = this.#rises < RHO * (step - this.#lastLook)
    const isStuck = !this.#isHalved && this.#best === this.#bestAtLook
    this.#isHalved = isSlow || isStuck
    if (this.#isHalved) this.#length /= 2
    this.#lastLook = step
    this.#rises = 0
    this.#bestAtLook = this.#best
    return this.#isHalved
  }
}
