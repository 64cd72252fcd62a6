import { drawBlock, multiplyHigh, Purpose } from '../base/random.js'
import type { CbowSettings } from './cbow-options.js'
import type { Matrix } from './weight-rows.js'

/*
 * Every random choice of CBOW training is a pure function of (seed, epoch, position), where the position is the word's
 * place in the encoded corpus. So all engines, at any number of threads, train the same centres with the same windows
 * and negatives, and reading a loss or a gradient cannot shift them. The kernel computes the same functions.
 *
 *   kept?          purpose Subsample, index position >> 2, block 0, lane position & 3: kept where u <= threshold[word]
 *   window b       purpose WindowAndNegatives, index position, lane 0: 1 + floor(u window / 2^32)
 *   negative n     the same index, byte 4 + n (of a lane the lowest byte first), counted through blocks 0, 1, ...: this
 *                  place of the pool that the positions of its 1,024 share
 *   pool place i   purpose NegativePool, index position >> 10, block i >> 2, lane i & 3: see drawNoise
 *   first weights  purpose InitialEmbeddings, index element >> 2, lane element & 3
 */

const TWO_32 = 4294967296

/**
 * Thresholds [V] of subsampling: a word stays where its uint32 draw is at most its threshold. word2vec.c keeps a word
 * of frequency f = count / total with probability sqrt(s / f) + s / f, at most 1, s being `sample`; 0 keeps all.
 */
export function keepThresholds(counts: Float64Array, sample: number): Uint32Array {
  const total = counts.reduce((sum, count) => sum + count, 0)
  return Uint32Array.from(counts, (count) => {
    const ratio = sample === 0 ? 1 : (sample * total) / count
    const probability = Math.min(1, Math.sqrt(ratio) + ratio)
    return Math.max(0, Math.floor(probability * TWO_32) - 1)
  })
}

/**
 * The alias table (Vose 1991: "A Linear Algorithm for Generating Random Numbers with a Given Distribution") of the
 * noise distribution, proportional to count^exponent. [V, 2]: slot i gives word i where the draw's fraction lies below
 * the first entry, else the word of the second.
 */
export function noiseTable(counts: Float64Array, exponent: number): Uint32Array {
  const size = counts.length
  const weights = counts.map((count) => count ** exponent)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const share = weights.map((weight) => (weight * size) / total)
  const table = new Uint32Array(size * 2)
  const small: number[] = []
  const large: number[] = []
  for (let word = size - 1; word >= 0; word--) (share[word] < 1 ? small : large).push(word)
  while (small.length > 0 && large.length > 0) {
    const poor = small.pop()!
    const rich = large[large.length - 1]
    table[2 * poor] = Math.floor(share[poor] * TWO_32)
    table[2 * poor + 1] = rich
    share[rich] -= 1 - share[poor]
    if (share[rich] < 1) small.push(large.pop()!)
  }
  // Full slots, and what rounding left over: both outcomes are the word itself.
  for (const word of [...small, ...large]) table[2 * word + 1] = word
  return table
}

/** The word that one uint32 draws from a noise table: the slot by u V / 2^32, and within it by the fraction. */
export function drawNoise(table: Uint32Array, u: number): number {
  const size = table.length / 2
  const slot = multiplyHigh(u, size)
  const fraction = Math.imul(u, size) >>> 0
  return fraction < table[2 * slot] ? slot : table[2 * slot + 1]
}

export interface DrawTables {
  /** [V], see {@link keepThresholds}. */
  readonly keep: Uint32Array
  /** [V, 2], see {@link noiseTable}. */
  readonly noise: Uint32Array
}

/** The tables of a vocabulary's counts. */
export function drawTables(counts: Float64Array, { sample, noiseExponent }: { sample: number; noiseExponent: number }) {
  return { keep: keepThresholds(counts, sample), noise: noiseTable(counts, noiseExponent) }
}

/** Words in a pool of negatives: what a byte can tell apart. */
const POOL_SIZE = 256
/** Positions that draw their negatives from the same pool. */
const POOL_POSITIONS = 1024

/**
 * Draws by position. Negatives come from a pool of 256 words for each 1,024 positions, itself drawn from the noise: each
 * negative has the noise's distribution, while the pool's rows stay in the processor's cache. Holds no state but a block
 * and a pool, which are drawn again when others are needed.
 */
export class Draws {
  readonly #block = new Uint32Array(4)
  readonly #pool = new Int32Array(POOL_SIZE)
  #poolOf: readonly [epoch: number, index: number] = [-1, -1]

  constructor(
    readonly seed: number,
    readonly window: number,
    readonly tables: DrawTables,
  ) {}

  /** Whether the word at a position stays in its sentence this epoch. */
  isKept(epoch: number, position: number, word: number): boolean {
    drawBlock(this.seed, Purpose.Subsample, epoch, Math.floor(position / 4), 0, this.#block)
    return this.#block[position % 4] <= this.tables.keep[word]
  }

  /** Fills `negatives` for the centre at a position; returns its reduced window, 1 to `window`. */
  centre(epoch: number, position: number, negatives: Int32Array): number {
    if (negatives.length > 0) this.#setPool(epoch, Math.floor(position / POOL_POSITIONS))
    drawBlock(this.seed, Purpose.WindowAndNegatives, epoch, position, 0, this.#block)
    const reduced = 1 + multiplyHigh(this.#block[0], this.window)
    for (let n = 0, byte = 4; n < negatives.length; n++, byte++) {
      if (byte % 16 === 0) {
        drawBlock(this.seed, Purpose.WindowAndNegatives, epoch, position, byte / 16, this.#block)
      }
      negatives[n] = this.#pool[(this.#block[(byte >> 2) & 3] >>> (8 * (byte & 3))) & 255]
    }
    return reduced
  }

  #setPool(epoch: number, index: number): void {
    if (this.#poolOf[0] === epoch && this.#poolOf[1] === index) return
    for (let i = 0; i < POOL_SIZE; i++) {
      if (i % 4 === 0) drawBlock(this.seed, Purpose.NegativePool, epoch, index, i / 4, this.#block)
      this.#pool[i] = drawNoise(this.tables.noise, this.#block[i % 4])
    }
    this.#poolOf = [epoch, index]
  }
}

/**
 * The weights that training begins with: input embeddings uniform in [-1 / D, 1 / D), output embeddings zeros, as in
 * gensim. (Half as wide, as in word2vec.c, gives worse analogies.) Output embeddings that shall not learn are drawn like
 * the input's (as epoch 1): from zeros nothing could be learnt.
 */
export function initialRows({ seed, dimensions, train }: Pick<CbowSettings, 'seed' | 'dimensions' | 'train'>) {
  return {
    readRows(matrix: Matrix, first: number, into: Float32Array): void {
      if (matrix === 'output' && train.includes('output')) into.fill(0)
      else drawUniform(seed, matrix === 'input' ? 0 : 1, first * dimensions, dimensions, into)
    },
  }
}

/**
 * Elements of a matrix [V, D] from `first` on, uniform in [-1 / D, 1 / D). The upper 24 bits of a draw, so that
 * every step but the division is exact and all machines agree.
 */
function drawUniform(seed: number, epoch: number, first: number, dimensions: number, into: Float32Array): void {
  const block = new Uint32Array(4)
  for (let i = 0; i < into.length; i++) {
    const element = first + i
    const lane = element % 4
    if (lane === 0 || i === 0) drawBlock(seed, Purpose.InitialEmbeddings, epoch, (element - lane) / 4, 0, block)
    into[i] = ((block[lane] >>> 8) / 2 ** 23 - 1) / dimensions
  }
}
