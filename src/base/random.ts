/**
 * Random numbers by counter: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel Random Numbers: As Easy as 1, 2, 3",
 * SC 2011). A draw is a pure function of (seed, purpose, epoch, index, block), so nobody who draws, or reads, can move
 * what another will draw. The kernels compute the same function.
 *
 * Key: the seed's low and high 32 bits. Counter: index low, index high, block, epoch * 256 + purpose.
 */

/** What a draw is for; a number of its own keeps the draws of one purpose apart from all others. */
export const Purpose = {
  InitialEmbeddings: 1,
  Subsample: 2,
  WindowAndNegatives: 3,
  Shuffle: 4,
  InitialClassifier: 5,
  AttackStart: 6,
  RandomSwap: 7,
  Demonstration: 8,
  NegativePool: 9,
  SampledSwaps: 20,
  Genetic: 21,
} as const
export type Purpose = (typeof Purpose)[keyof typeof Purpose]

/** The largest seed: 2^53 - 1. */
export const MAX_SEED = Number.MAX_SAFE_INTEGER

const TWO_32 = 4294967296

/** The upper 32 bits of the 64-bit product of two unsigned 32-bit integers. */
export function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const middle = aHigh * bLow + Math.floor((aLow * bLow) / 65536)
  return (aHigh * bHigh + Math.floor((aLow * bHigh + middle) / 65536)) >>> 0
}

/** Writes the four 32-bit words of one Philox4x32-10 block into `out` [4]. */
export function philox4x32(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
  out: Uint32Array,
): void {
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0)
    const low0 = Math.imul(0xd2511f53, c0)
    const high1 = multiplyHigh(0xcd9e8d57, c2)
    const low1 = Math.imul(0xcd9e8d57, c2)
    c0 = (high1 ^ c1 ^ k0) >>> 0
    c1 = low1 >>> 0
    c2 = (high0 ^ c3 ^ k1) >>> 0
    c3 = low0 >>> 0
    k0 = (k0 + 0x9e3779b9) >>> 0
    k1 = (k1 + 0xbb67ae85) >>> 0
  }
  out[0] = c0
  out[1] = c1
  out[2] = c2
  out[3] = c3
}

/** Fills `out` [4] with the block numbered `block` of (seed, purpose, epoch, index). */
export function drawBlock(
  seed: number,
  purpose: Purpose,
  epoch: number,
  index: number,
  block: number,
  out: Uint32Array,
): void {
  philox4x32(
    index >>> 0,
    Math.floor(index / TWO_32) >>> 0,
    block,
    (epoch * 256 + purpose) >>> 0,
    seed >>> 0,
    Math.floor(seed / TWO_32) >>> 0,
    out,
  )
}

/**
 * The draws of one (seed, purpose, index), in order. It is made where it is used and dropped there: two streams of the
 * same key give the same numbers, and no stream outlives the work it was made for.
 */
export class CounterStream {
  readonly #block = new Uint32Array(4)
  #next = 0

  constructor(
    readonly seed: number,
    readonly purpose: Purpose,
    readonly index: number,
    readonly epoch = 0,
  ) {}

  /** A uniform unsigned 32-bit integer. */
  uint32(): number {
    const lane = this.#next & 3
    if (lane === 0) drawBlock(this.seed, this.purpose, this.epoch, this.index, this.#next >>> 2, this.#block)
    this.#next++
    return this.#block[lane]
  }

  /** Uniform in [0, 1), 32 bits fine. */
  uniform(): number {
    return this.uint32() / TWO_32
  }

  /** A uniform integer in [0, n), by multiplication (the bias is below n / 2^32). */
  below(n: number): number {
    return multiplyHigh(this.uint32(), n)
  }

  /** Standard normal (Box and Muller 1958). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log((this.uint32() + 0.5) / TWO_32))
    return radius * Math.cos(2 * Math.PI * this.uniform())
  }

  /** Shuffles `items` in place (Fisher and Yates). */
  shuffle(items: Int32Array): Int32Array {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      const kept = items[i]
      items[i] = items[j]
      items[j] = kept
    }
    return items
  }
}
