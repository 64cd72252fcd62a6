/** Values held as they are; from the next on they are counted in buckets. */
export const MOST_EXACT = 10_000
/** Most relative error of a quantile of more values than are held. */
export const QUANTILE_ERROR = 1e-3
/** Smaller numbers count as 0. */
const SMALLEST = 1e-12

const GROWTH = Math.log((1 + QUANTILE_ERROR) / (1 - QUANTILE_ERROR))

/**
 * Quantiles of numbers as they come, in bounded memory. Of up to 10,000 numbers they are exact. More are counted in
 * buckets whose bounds grow by a constant factor (DDSketch, Masson, Rim and Lee 2019, section 2): each of the two values
 * that a quantile lies between is then off by at most 0.1% of itself, and numbers below 1e-12 count as 0. What is told
 * does not depend on the order in which the numbers came.
 */
export class Quantiles {
  #exact: number[] | undefined = []
  /** Counts by bucket: number i > 0 holds x in SMALLEST * e^(GROWTH * (i - 1)) to e^(GROWTH * i), -i holds -x, 0 holds 0. */
  readonly #buckets = new Map<number, number>()
  #count = 0
  #sum = 0

  get count(): number {
    return this.#count
  }

  /** NaN of no numbers. */
  get mean(): number {
    return this.#sum / this.#count
  }

  add(value: number): void {
    this.#count++
    this.#sum += value
    if (this.#exact === undefined) this.#countIn(value)
    else this.#exact.push(value)
    if (this.#exact !== undefined && this.#exact.length > MOST_EXACT) {
      for (const each of this.#exact) this.#countIn(each)
      this.#exact = undefined
    }
  }

  /** Linear between the two nearest values (type 7 of Hyndman and Fan 1996, NumPy's default); of at least one number. */
  quantile(q: number): number {
    const place = q * (this.#count - 1)
    const valueAt = this.#ranked()
    const below = valueAt(Math.floor(place))
    return below + (valueAt(Math.ceil(place)) - below) * (place - Math.floor(place))
  }

  #countIn(value: number): void {
    const bucket = bucketOf(value)
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1)
  }

  /** The value of a rank, from 0. */
  #ranked(): (rank: number) => number {
    if (this.#exact !== undefined) {
      const sorted = Float64Array.from(this.#exact).sort()
      return (rank) => sorted[rank]
    }
    const rising = [...this.#buckets].sort(([a], [b]) => a - b)
    return (rank) => {
      let before = 0
      const found = rising.find(([, count]) => (before += count) > rank)
      return valueIn(found?.[0] ?? Number.NaN)
    }
  }
}

function bucketOf(value: number): number {
  const size = Math.abs(value)
  return size < SMALLEST ? 0 : Math.sign(value) * (Math.floor(Math.log(size / SMALLEST) / GROWTH) + 1)
}

/** The number that is off by no more than the error, whatever lies in the bucket. */
function valueIn(bucket: number): number {
  if (bucket === 0) return 0
  return Math.sign(bucket) * SMALLEST * Math.exp(GROWTH * Math.abs(bucket)) * (1 - QUANTILE_ERROR)
}
