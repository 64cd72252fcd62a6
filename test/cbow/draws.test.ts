import { describe, expect, it } from 'vitest'
import { Draws, drawNoise, drawTables, initialRows, keepThresholds, noiseTable } from '#src/cbow/draws.js'

// Computed by a separate implementation of Philox4x32-10 in Python, seed 2^40 + 7, window 5, 8 equally likely words.
const KNOWN = [
  { epoch: 0, position: 0, window: 5, negatives: [1, 4, 1, 6, 7] },
  { epoch: 0, position: 1, window: 5, negatives: [6, 1, 1, 4, 2] },
  { epoch: 3, position: 12345, window: 5, negatives: [0, 4, 6, 1, 5] },
  { epoch: 0, position: 2 ** 32 + 1, window: 3, negatives: [2, 2, 3, 4, 5] },
]
const SUBSAMPLE_EPOCH_1 = [3559753329, 728839028, 883835644, 2061272273, 1206791760, 759418406]
const SEED = 2 ** 40 + 7

const equalCounts = new Float64Array(8).fill(10)

describe('Draws', () => {
  const draws = new Draws(SEED, 5, drawTables(equalCounts, { sample: 0, noiseExponent: 0.75 }))

  it.each(KNOWN)('gives the known window and negatives at epoch $epoch, position $position', (known) => {
    const negatives = new Int32Array(5)
    expect(draws.centre(known.epoch, known.position, negatives)).toBe(known.window)
    expect([...negatives]).toEqual(known.negatives)
  })

  it('gives the first of many negatives the same words as few, and the known others from the second block', () => {
    const many = new Int32Array(20)
    draws.centre(3, 12345, many)
    expect([...many]).toEqual([...KNOWN[2].negatives, 6, 6, 6, 7, 6, 7, 4, 1, 1, 3, 2, 0, 4, 3, 1])
  })

  it('draws negatives from the noise over many pools: no share off by 5 standard errors', () => {
    const counts = Float64Array.of(4000, 1000, 250, 50)
    const skewed = new Draws(1, 5, drawTables(counts, { sample: 0, noiseExponent: 0.75 }))
    const weights = counts.map((count) => count ** 0.75)
    const total = weights.reduce((a, b) => a + b)
    const pools = 2_000
    const seen = new Float64Array(4)
    const negatives = new Int32Array(1)
    // One negative of each pool, so that they are independent.
    for (let pool = 0; pool < pools; pool++) {
      skewed.centre(0, pool * 1024 + (pool % 1024), negatives)
      seen[negatives[0]]++
    }
    seen.forEach((count, word) => {
      const share = weights[word] / total
      expect(Math.abs(count / pools - share)).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / pools))
    })
  })

  it('draws at most 256 words for the negatives of 1,024 positions, and others for the next', () => {
    const many = new Draws(1, 5, drawTables(new Float64Array(100_000).fill(1), { sample: 0, noiseExponent: 0.75 }))
    const negatives = new Int32Array(20)
    const pools = [0, 1].map((block) => {
      const words = new Set<number>()
      for (let i = 0; i < 1024; i++) {
        many.centre(0, 1024 * block + i, negatives)
        for (const word of negatives) words.add(word)
      }
      return words
    })
    for (const words of pools) expect(words.size).toBeGreaterThan(240)
    for (const words of pools) expect(words.size).toBeLessThanOrEqual(256)
    expect([...pools[0]].filter((word) => pools[1].has(word)).length).toBeLessThan(8)
  })

  it('keeps a word exactly where its known draw is at most its threshold', () => {
    for (const [position, u] of SUBSAMPLE_EPOCH_1.entries()) {
      for (const [threshold, kept] of [
        [u, true],
        [u - 1, false],
      ] as const) {
        const tables = { keep: Uint32Array.of(threshold), noise: Uint32Array.of(0, 0) }
        expect(new Draws(SEED, 5, tables).isKept(1, position, 0)).toBe(kept)
      }
    }
  })
})

describe('keepThresholds', () => {
  it('is word2vec.c: sqrt(s / f) + s / f, to 2^-31', () => {
    const counts = Float64Array.of(900, 90, 9, 1)
    const expected = [...counts].map((count) => {
      const frequency = count / 1000
      return Math.min(1, (Math.sqrt(frequency / 0.01) + 1) * (0.01 / frequency))
    })
    keepThresholds(counts, 0.01).forEach((threshold, word) => {
      expect(Math.abs((threshold + 1) / 2 ** 32 - expected[word])).toBeLessThan(2 ** -31)
    })
  })

  it('keeps every word at sample 0', () => {
    expect([...keepThresholds(Float64Array.of(5, 1), 0)]).toEqual([0xffffffff, 0xffffffff])
  })
})

describe('noiseTable', () => {
  it.each([0.75, 0, 1, -0.5])('gives each word its share of counts^%f, to 1e-8', (exponent) => {
    const counts = Float64Array.from({ length: 101 }, (_, i) => Math.ceil(5000 / (i + 1)))
    const weights = counts.map((count) => count ** exponent)
    const total = weights.reduce((a, b) => a + b)
    const table = noiseTable(counts, exponent)
    const share = new Float64Array(counts.length)
    for (let slot = 0; slot < counts.length; slot++) {
      const own = table[2 * slot + 1] === slot ? 1 : table[2 * slot] / 2 ** 32
      share[slot] += own / counts.length
      share[table[2 * slot + 1]] += (1 - own) / counts.length
    }
    share.forEach((found, word) => {
      expect(Math.abs(found - weights[word] / total)).toBeLessThan(1e-8)
    })
  })

  it('draws the slot by the high part of u V and decides by the low part', () => {
    const table = noiseTable(Float64Array.of(3, 1), 1)
    // Slot 1 (u in the upper half) is word 1 for the lower half of its fractions, else word 0.
    expect([0, 0x7fffffff, 0x80000000, 0xbfffffff, 0xc0000000, 0xffffffff].map((u) => drawNoise(table, u))).toEqual([
      0, 0, 1, 1, 0, 0,
    ])
  })
})

describe('initialRows', () => {
  /** Rows `first` to `end` - 1 of a matrix of 4 columns. */
  function rows(train: ('input' | 'output')[], matrix: 'input' | 'output', first: number, end: number, dimensions = 4) {
    const into = new Float32Array((end - first) * dimensions).fill(NaN)
    initialRows({ seed: 1, dimensions, train }).readRows(matrix, first, into)
    return into
  }

  it('are the known uniform input and zeros as output', () => {
    const input = rows(['input', 'output'], 'input', 0, 3, 100)
    const known = [-0.008555929660797119, -0.007654891014099121, -0.004334665536880493, -0.009201292991638185]
    expect([...input.subarray(0, 4)]).toEqual(known.map(Math.fround))
    expect(input.every((value) => value >= -0.01 && value < 0.01)).toBe(true)
    expect(rows(['input', 'output'], 'output', 0, 3).every((value) => value === 0)).toBe(true)
  })

  it('are the same however many are read at a time', () => {
    for (const dimensions of [1, 3, 4, 7]) {
      const whole = rows(['output'], 'input', 0, 9, dimensions)
      expect(rows(['output'], 'input', 4, 9, dimensions)).toEqual(whole.subarray(4 * dimensions))
      expect(rows(['output'], 'input', 1, 2, dimensions)).toEqual(whole.subarray(dimensions, 2 * dimensions))
    }
  })

  it('of output embeddings that shall not learn are drawn, apart from the input', () => {
    const output = rows(['input'], 'output', 0, 3)
    expect(output).not.toEqual(rows(['input'], 'input', 0, 3))
    expect(output.every((value) => value !== 0)).toBe(true)
  })
})
