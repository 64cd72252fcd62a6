import { describe, expect, it } from 'vitest'
import type { CbowSettings } from '#src/cbow/cbow-options.js'
import { centresOf } from '#src/cbow/centres.js'
import { Draws, drawTables } from '#src/cbow/draws.js'
import { type EncodedCorpus, encodeCorpus } from '#src/cbow/encoded-corpus.js'
import { cpuEngine } from '#src/cbow/engines/cpu.js'
import { cudaEngine } from '#src/cbow/engines/cuda.js'
import { CbowReference } from '#src/kernels/cbow-reference.js'
import type { Grid } from '#src/kernels/cuda/cbow-cuda.js'
import { cudaBytes } from '#src/kernels/cuda/corpus-on-gpu.js'
import { distance, initialWeights, jobOf, smallCorpus, smallSettings } from '../../cbow/small-corpus.js'
import { DEVICES, describeOnEmulator, setEnvironment, useEmulator } from './devices.js'

const ONE_WARP: Grid = { blocks: 1, warpsOfBlock: 1 }

/** Trains all chunks by the reference and by the kernel. */
async function trainBoth(corpus: EncodedCorpus, settings: CbowSettings, grid?: Grid) {
  const job = jobOf(corpus, settings)
  const reference = await cpuEngine(job)
  const expected = await reference.train(0, job.schedule.chunks)
  const engine = await cudaEngine(job, grid)
  try {
    const found = await engine.train(0, job.schedule.chunks)
    const begun = initialWeights(corpus.vocabulary.size, settings)
    return { expected, found, plain: reference.weights(), fast: engine.weights(), begun }
  } finally {
    await engine.close()
  }
}

/** The steps of the reference, to a tolerance of the weights. */
async function expectSame(corpus: EncodedCorpus, settings: CbowSettings, tolerance: number, grid?: Grid) {
  const { expected, found, plain, fast, begun } = await trainBoth(corpus, settings, grid)
  expect(found.map(({ centres }) => centres)).toEqual(expected.map(({ centres }) => centres))
  found.forEach(({ loss }, i) => {
    expect(Math.abs(loss - expected[i].loss)).toBeLessThanOrEqual(1e-6 * expected[i].loss)
  })
  expect(distance(fast, plain)).toBeLessThan(tolerance)
  if (!settings.train.includes('output')) expect(fast.output).toEqual(begun.output)
  if (!settings.train.includes('input')) expect(fast.input).toEqual(begun.input)
  return { found, fast, begun }
}

/** Sentences as lists of words. */
async function* sentences(...lists: readonly string[]): AsyncGenerator<string[]> {
  for (const list of lists) yield list.split(' ')
}
const corpusOf = (...lists: string[]) => encodeCorpus(sentences(...lists), { minCount: 1 })

describe.each(DEVICES)('one warp on $device', ({ library, isHere }) => {
  const cases: Partial<CbowSettings>[] = [
    {},
    ...[1, 8, 31, 32, 33, 100, 128, 129, 300, 1000, 1024].map((dimensions) => ({ dimensions })),
    ...[0, 1, 3, 4, 7, 8, 15, 127, 130].map((negative) => ({ negative })),
    { window: 1 },
    { window: 40, negative: 12 },
    { update: 'corrected', learningRate: 0.14 },
    { mode: 'sum', learningRate: 0.025 },
    { train: ['input'] },
    { train: ['output'], dimensions: 300 },
    { sample: 0, seed: 2 ** 53 - 1 },
    { sample: 1e-4 },
    { epochs: 3 },
  ]
  it.skipIf(!isHere).each(cases)(
    'takes the steps of the reference on 2,500 words: weights to 2e-5, losses to 1e-6 (%o)',
    async (changed) => {
      if (library) useEmulator()
      const corpus = await smallCorpus(2_500)
      const { fast, begun } = await expectSame(corpus, smallSettings(changed), 2e-5, ONE_WARP)
      expect(distance(fast, begun)).toBeGreaterThan(1e-4)
    },
  )

  it.skipIf(!isHere).each([
    ['words that repeat beside and against each other', ['a a', 'a b a b', 'c b c c b', 'a a a a a a a a a a']],
    ['sentences of one word', ['a', 'b', 'c', 'a b', 'c']],
    ['a corpus of one word', ['a']],
    ['a vocabulary of one word', ['a a a a', 'a a']],
  ])('does so on %s, to 5e-6', async (_, lists) => {
    if (library) useEmulator()
    const corpus = await corpusOf(...lists)
    await expectSame(corpus, smallSettings({ sample: 0, negative: 12, learningRate: 0.5 }), 5e-6, ONE_WARP)
  })

  it.skipIf(!isHere)('does so on sentences far longer than a segment, to 2e-5', async () => {
    if (library) useEmulator()
    const words = Array.from({ length: 25_000 }, (_, i) => `w${(i * i + 3 * i) % 211}`)
    const corpus = await corpusOf(words.join(' '), 'w1 w2 w3', words.slice(0, 700).join(' '))
    await expectSame(corpus, smallSettings({ sample: 0.004 }), 2e-5, ONE_WARP)
  })

  it.skipIf(!isHere)('does so where nearly all words are thinned out, to 2e-5', async () => {
    if (library) useEmulator()
    const rare = (i: number) => (i % 61 === 0 ? `r${i % 7}` : 'the')
    const corpus = await corpusOf(Array.from({ length: 9_000 }, (_, i) => rare(i)).join(' '))
    const { found } = await expectSame(corpus, smallSettings({ sample: 1e-3 }), 2e-5, ONE_WARP)
    expect(found[0].centres).toBeLessThan(1_000)
    expect(found[0].centres).toBeGreaterThan(100)
  })
})

describe.each(DEVICES)('many warps on $device', ({ library, isHere }) => {
  it.skipIf(!isHere)('train every centre once, to losses within 2% of the reference', async () => {
    if (library) useEmulator()
    const { expected, found } = await trainBoth(await smallCorpus(45_000), smallSettings({ sample: 0, epochs: 2 }))
    expect(found.map(({ centres }) => centres)).toEqual(expected.map(({ centres }) => centres))
    const [a, b] = [found, expected].map((chunks) => chunks.reduce((sum, { loss }) => sum + loss, 0))
    expect(Math.abs(a / b - 1)).toBeLessThan(0.02)
  })

  it.skipIf(!isHere)('may be more than there are words', async () => {
    if (library) useEmulator()
    const { expected, found } = await trainBoth(await corpusOf('a b c', 'b d'), smallSettings({ sample: 0 }), {
      blocks: 64,
      warpsOfBlock: 4,
    })
    expect(found[0].centres).toBe(expected[0].centres)
  })
})

describeOnEmulator('on the emulator', () => {
  it('warps that run one after another, as many as there are segments, give the bytes of one', async () => {
    useEmulator()
    const corpus = await smallCorpus(2_500)
    const [one, many] = [
      await trainBoth(corpus, smallSettings(), ONE_WARP),
      await trainBoth(corpus, smallSettings(), { blocks: 20, warpsOfBlock: 4 }),
    ]
    expect(many.fast).toEqual(one.fast)
  })

  it('warps in turns train at the weights before their round, to 1% of the way', async () => {
    useEmulator({ EMULATOR_TURNS: 'add' })
    // Each segment holds one sentence of two words, so that a round has as many centres as there are segments.
    const segments = ['a', 'b', 'c', 'd', 'a', 'c'].map((word) => [`${word} e`, ...new Array<string>(126).fill('x')])
    const corpus = await corpusOf(...segments.flat())
    const settings = smallSettings({ sample: 0, learningRate: 0.05, epochs: 1000 })
    const job = jobOf(corpus, settings)
    const plain = initialWeights(corpus.vocabulary.size, settings)
    const reference = new CbowReference({ ...plain, dimensions: settings.dimensions }, settings)
    const draws = new Draws(settings.seed, settings.window, drawTables(corpus.vocabulary.counts, settings))
    const centres = [...centresOf(corpus.words, draws, job.schedule, settings.negative, 0)]
    expect(centres.length).toBe(2 * segments.length)
    for (const round of [0, 1]) {
      for (const centre of centres.filter((_, i) => i % 2 === round)) reference.accumulate(centre)
      reference.descend(settings.learningRate)
    }
    const engine = await cudaEngine(job, { blocks: segments.length, warpsOfBlock: 1 })
    await engine.train(0, 1)
    expect(distance(engine.weights(), plain)).toBeLessThan(
      0.01 * distance(plain, initialWeights(corpus.vocabulary.size, settings)),
    )
    await engine.close()
  })

  it('a corpus larger than the memory streams through two buffers, to the weights of one that fits, bit for bit', async () => {
    useEmulator()
    const corpus = await smallCorpus(75_000)
    const settings = smallSettings({ sample: 0, epochs: 2 })
    const whole = await trainBoth(corpus, settings, ONE_WARP)
    setEnvironment({
      EMULATOR_MEMORY: 64 * 2 ** 20 + cudaBytes(corpus.vocabulary.size, settings.dimensions, 2 * 25_000),
    })
    const streamed = await trainBoth(corpus, settings, ONE_WARP)
    expect(streamed.fast).toEqual(whole.fast)
    streamed.found.forEach(({ loss }, i) => {
      expect(Math.abs(loss / whole.found[i].loss - 1)).toBeLessThan(1e-6)
    })
  })

  it('too little memory is named before any is taken', async () => {
    useEmulator({ EMULATOR_MEMORY: 64 * 2 ** 20 })
    const corpus = await smallCorpus(3_000)
    await expect(cudaEngine(jobOf(corpus, smallSettings({ dimensions: 1000 })))).rejects.toThrow(
      /^\d+ words of 1000 dimensions need 0\.06 GiB of GPU memory, emulator has 0\.06 GiB free of 0\.06; raise --min-count/,
    )
  })

  it('whichever allocation fails says so, and leaves nothing on the GPU', async () => {
    const corpus = await smallCorpus(3_000)
    const attempt = async () => {
      const engine = await cudaEngine(jobOf(corpus, smallSettings()))
      try {
        await engine.train(0, 1)
      } finally {
        await engine.close()
      }
    }
    let failed = 0
    for (; ; failed++) {
      useEmulator({ EMULATOR_FAIL: `cuMemAlloc_v2 2 ${failed + 1} 1` })
      const error = await attempt().catch((reason: unknown) => reason)
      if (error === undefined) break
      expect(String(error)).toMatch(/CUDA: cuMemAlloc_v2 failed with CUDA_ERROR_OUT_OF_MEMORY/)
    }
    // Two matrices, two tables, the corpus, and what is counted.
    expect(failed).toBe(6)
  })

  it('a window beyond the shared memory of a block is refused', async () => {
    useEmulator()
    const corpus = await smallCorpus(300)
    const engine = cudaEngine(jobOf(corpus, smallSettings({ window: 500, negative: 1000 })), {
      blocks: 1,
      warpsOfBlock: 64,
    })
    await expect(engine).rejects.toThrow(/shared memory for a block, \d+ are needed; lower --window or --negative/)
  })
})
