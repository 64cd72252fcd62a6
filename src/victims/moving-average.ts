/**
 * The exponential moving average over steps of the rows of an array that changes a few rows at a time (Polyak and
 * Juditsky 1992 average the iterates; the exponential form forgets the early ones). A row that stays costs nothing: what
 * it missed is made up for when it next changes, or at {@link settleAll}.
 */
export class MovingAverage {
  /** The average, as far as it is settled. */
  readonly values: Float32Array
  readonly #settledAt: Float64Array

  /**
   * @param source the array in use, [rows, rowLength]
   * @param decay how much of the average stays at a step
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
    const share = 1 - this.decay ** (time - this.#settledAt[row])
    this.#settledAt[row] = time
    if (share === 0) return
    for (let i = row * this.rowLength; i < (row + 1) * this.rowLength; i++) {
      this.values[i] += share * (this.source[i] - this.values[i])
    }
  }

  settleAll(time: number): void {
    for (let row = 0; row < this.#settledAt.length; row++) this.settle(row, time)
  }
}
