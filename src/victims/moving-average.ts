/**
 * The exponential moving average over steps of the rows of an array that changes a few rows at a time (Polyak and
 * Juditsky 1992 average the iterates; the exponential form forgets the early ones): of T steps the t-th weighs
 * decay^(T - t), over the sum of these. What stood there before the first step has no weight, however few steps there are.
 * A row that stays costs nothing: what it missed is made up for when it next changes, or at {@link settleAll}.
 */
export class MovingAverage {
  /** The average, as far as it is settled. */
  readonly values: Float32Array
  readonly #settledAt: Float64Array

  /**
   * @param source the array in use, [rows, rowLength]
   * @param decay how much less each earlier step weighs, within (0, 1)
   */
  constructor(
    readonly source: Float32Array,
    readonly rowLength: number,
    readonly decay: number,
  ) {
    this.values = source.slice()
    this.#settledAt = new Float64Array(source.length / rowLength)
  }

  /** Call before a row changes at step `time + 1`: averages over the steps up to `time`, where it had its present value. */
  settle(row: number, time: number): void {
    const before = this.#settledAt[row]
    if (time === before) return
    this.#settledAt[row] = time
    // What the steps up to `before` weigh now: their sum, decayed, of the sum of all.
    const kept = (this.decay ** (time - before) * (1 - this.decay ** before)) / (1 - this.decay ** time)
    const share = 1 - kept
    for (let i = row * this.rowLength; i < (row + 1) * this.rowLength; i++) {
      this.values[i] += share * (this.source[i] - this.values[i])
    }
  }

  settleAll(time: number): void {
    for (let row = 0; row < this.#settledAt.length; row++) this.settle(row, time)
  }
}
