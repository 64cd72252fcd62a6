import { describe, expect, it } from 'vitest'
import { cudaGrid, hottestRows } from '#src/cbow/engines/cuda-grid.js'
import { trainCbow } from '#src/cbow/train-cbow.js'
import { describeOnEmulator, useEmulator } from '../kernels/cuda/devices.js'
import { smallSentences, smallSettings } from './small-corpus.js'

const settings = (changed = {}) => smallSettings({ window: 5, negative: 5, sample: 0, noiseExponent: 1, ...changed })

describe('hottestRows', () => {
  it('counts the context, and the target with its negatives', () => {
    const { input, output } = hottestRows(Float64Array.of(60, 30, 10), settings())
    expect(input).toBeCloseTo(6 * 0.6, 6)
    expect(output).toBeCloseTo(0.6 + 5 * 0.6, 6)
  })

  it('sees what subsampling thins out', () => {
    const counts = Float64Array.of(900, 50, 50)
    expect(hottestRows(counts, settings({ sample: 0.01 })).input).toBeLessThan(hottestRows(counts, settings()).input)
  })
})

describe('cudaGrid', () => {
  it('fills the GPU where no word is hot', () => {
    expect(cudaGrid(new Float64Array(10_000).fill(7), settings(), 132)).toEqual({ blocks: 264, warpsOfBlock: 4 })
  })

  it('has fewer warps the hotter a word is, and at least one', () => {
    // Input steps of a centre: 6 / 100; 6.
    expect(cudaGrid(new Float64Array(100).fill(7), settings(), 1000).blocks).toBe(Math.floor(64 / 0.06 / 4))
    expect(cudaGrid(Float64Array.of(7), settings(), 132)).toEqual({ blocks: 2, warpsOfBlock: 4 })
    expect(cudaGrid(Float64Array.of(7), settings({ window: 50 }), 132)).toEqual({ blocks: 1, warpsOfBlock: 1 })
  })
})

describeOnEmulator('warps in turns on a large GPU', () => {
  it.each([3, 300])('do not diverge on a text of %i words without subsampling', async (vocabulary) => {
    useEmulator({ EMULATOR_TURNS: 'add', EMULATOR_PROCESSORS: 132 })
    const options = { dimensions: 20, epochs: 1, minCount: 1, sample: 0 }
    const corpus = () => smallSentences(100_000, vocabulary)
    const gpu = await trainCbow({ ...options, corpus: corpus(), engine: 'cuda' })
    const wasm = await trainCbow({ ...options, corpus: corpus(), engine: 'wasm', threads: 1 })
    expect(gpu.training!.loss / wasm.training!.loss).toBeLessThan(1.02)
  })
})
