import { describe, expect, it } from 'vitest'
import { UserError } from '#src/base/errors.js'
import { CbowOptions } from '#src/cbow/cbow-options.js'
import { centresOf } from '#src/cbow/centres.js'
import { chooseEngine } from '#src/cbow/choose-engine.js'
import { Draws, drawTables } from '#src/cbow/draws.js'
import { engineList } from '#src/cbow/engine-list.js'
import { cpuEngine } from '#src/cbow/engines/cpu.js'
import type { EngineJob } from '#src/cbow/engines/engine.js'
import { tensorflowEngine } from '#src/cbow/engines/tensorflow.js'
import { wasmEngine } from '#src/cbow/engines/wasm.js'
import { startEngine } from '#src/cbow/start-engine.js'
import type { Weights } from '#src/cbow/weight-rows.js'
import { backendInUse, useTensorBackend } from '#src/gradient/tensorflow.js'
import { sigmoid, softplus } from '#src/kernels/cbow-reference.js'
import { setEnvironment } from '../kernels/cuda/devices.js'
import { distance, initialWeights, jobOf, smallCorpus, smallSettings } from './small-corpus.js'

/** Word by word as word2vec.c goes about it, with no sums by row: a second opinion on the plain engine. */
function trainWordByWord({ corpus, settings, schedule }: EngineJob, { input, output }: Weights): number {
  const { dimensions: D, update, negative } = settings
  const draws = new Draws(settings.seed, settings.window, drawTables(corpus.vocabulary.counts, settings))
  let loss = 0
  for (const { target, context, negatives, learningRate } of centresOf(corpus.words, draws, schedule, negative, 0)) {
    const h = Float64Array.from({ length: D }, (_, d) => {
      let sum = 0
      for (const word of context) sum += input[word * D + d]
      return sum * (1 / context.length)
    })
    const rows = [target, ...[...negatives].filter((word) => word !== target)]
    const g = rows.map((word, n) => {
      let score = 0
      for (let d = 0; d < D; d++) score += h[d] * output[word * D + d]
      loss += softplus(n === 0 ? -score : score)
      return n === 0 ? -sigmoid(-score) : sigmoid(score)
    })
    for (let d = 0; d < D; d++) {
      let e = 0
      const outputStep = new Map<number, number>()
      rows.forEach((word, n) => {
        e += g[n] * output[word * D + d]
        outputStep.set(word, (outputStep.get(word) ?? 0) + g[n] * h[d])
      })
      const inputStep = new Map<number, number>()
      const part = update === 'corrected' ? (1 / context.length) * e : e
      for (const word of context) inputStep.set(word, (inputStep.get(word) ?? 0) + part)
      for (const [word, sum] of inputStep) input[word * D + d] -= learningRate * sum
      for (const [word, sum] of outputStep) output[word * D + d] -= learningRate * sum
    }
  }
  return loss
}

describe('the plain engine', () => {
  it.each(['word2vec', 'corrected'] as const)(
    'with a batch of 1 is training word by word, bit for bit (%s)',
    async (update) => {
      const corpus = await smallCorpus(3_000, 60)
      const settings = smallSettings({ update, batchSize: 1 })
      const byWord = initialWeights(corpus.vocabulary.size, settings)
      const loss = trainWordByWord(jobOf(corpus, settings), byWord)
      const inBatches = await cpuEngine(jobOf(corpus, settings))
      const [chunk] = await inBatches.train(0, 1)
      expect(inBatches.weights()).toEqual(byWord)
      expect(Math.abs(chunk.loss / loss - 1)).toBeLessThan(1e-12)
    },
  )
})

describe('all three engines', () => {
  it('hold their weights together after 100 steps word by word, to 1e-6, and differ from their start', async () => {
    // 100 centres: a corpus of two sentences of 50 words, nothing thinned out.
    const corpus = await smallCorpus(100, 30)
    const settings = smallSettings({ sample: 0, batchSize: 1 })
    const jobs = [1, 2, 3].map(() => jobOf(corpus, settings))
    const engines = [await cpuEngine(jobs[0]), await wasmEngine(jobs[1]), await tensorflowEngine(jobs[2])]
    const losses = []
    for (const engine of engines) losses.push((await engine.train(0, 1))[0])
    const [cpu, wasm, tensorflow] = engines.map((engine) => engine.weights())
    expect(losses[0].centres).toBeGreaterThan(90)
    expect(distance(wasm, cpu)).toBeLessThan(1e-6)
    expect(distance(tensorflow, cpu)).toBeLessThan(1e-6)
    expect(distance(cpu, initialWeights(corpus.vocabulary.size, settings))).toBeGreaterThan(0.005)
    for (const { loss } of losses) expect(Math.abs(loss / losses[0].loss - 1)).toBeLessThan(1e-5)
    await engines[1].close()
  })
})

describe('chooseEngine', () => {
  const fastest = 'taken by auto as the fastest that is here'
  it.each([
    [{}, 'wasm', `${fastest}; engine cuda is passed over: no NVIDIA driver: /no/libcuda.so cannot be loaded`],
    [{ threads: 2 }, 'wasm', fastest],
    [{ reproducible: true }, 'wasm', fastest],
    [{ loss: 'hierarchical-softmax' as const }, 'wasm', fastest],
    [{ batchSize: 1, reproducible: true }, 'wasm', fastest],
    [{ loss: 'softmax' as const }, 'wasm', fastest],
    [{ batchSize: 64 }, 'tensorflow', 'taken by auto, since engine wasm has no --batch-size'],
    [{ optimizer: 'adam' as const }, 'tensorflow', 'taken by auto, since engine wasm has no --optimizer adam'],
    [{ engine: 'cpu' as const, optimizer: 'adagrad' as const }, 'cpu', 'asked for'],
  ])('of %o without a GPU is %s: %s', async (options, name, reason) => {
    setEnvironment({ CBOW_CUDA_LIBRARY: '/no/libcuda.so' })
    const chosen = await chooseEngine(CbowOptions.parse(options), true)
    expect(chosen).toEqual({ name, reason: expect.stringContaining(reason) })
    if (name === 'wasm' && !reason.includes('cuda')) expect(chosen.reason).not.toContain('cuda')
  })

  it.each([
    [
      { batchSize: 64 },
      'cpu',
      /^taken by auto, since engine wasm has no --batch-size, and TensorFlow's .* setup-tensorflow/,
    ],
    [{ gradients: 'dense' as const }, 'tensorflow', /^taken by auto, since engine wasm has no --gradients dense$/],
    [{}, 'wasm', /^taken by auto as the fastest/],
  ])("of %o is without TensorFlow's own library %s, saying why", async (options, name, reason) => {
    expect(await chooseEngine(CbowOptions.parse(options), false)).toEqual({
      name,
      reason: expect.stringMatching(reason),
    })
  })

  it.each([
    [{ engine: 'wasm' as const, batchSize: 64 }, 'engine wasm has no --batch-size; take --engine tensorflow or cpu'],
    [
      { engine: 'wasm' as const, optimizer: 'adam' as const },
      'engine wasm has no --optimizer adam; take --engine tensorflow or cpu',
    ],
    [
      { engine: 'cpu' as const, gradients: 'dense' as const },
      'engine cpu has no --gradients dense; take --engine tensorflow',
    ],
    [
      { engine: 'cuda' as const, loss: 'softmax' as const },
      'engine cuda has no --loss softmax; take --engine wasm or tensorflow or cpu',
    ],
    [{ engine: 'cuda' as const, batchSize: 64 }, 'engine cuda has no --batch-size; take --engine tensorflow or cpu'],
    [
      { engine: 'cuda' as const, loss: 'hierarchical-softmax' as const },
      'engine cuda has no --loss hierarchical-softmax; take --engine wasm or tensorflow or cpu',
    ],
    [
      { engine: 'cuda' as const, dimensions: 1025 },
      'engine cuda has no --dimensions above 1024; take --engine wasm or tensorflow or cpu',
    ],
  ])('refuses what the engine cannot do: %o', async (options, message) => {
    await expect(chooseEngine(CbowOptions.parse(options))).rejects.toThrow(new UserError(message))
  })

  it('refuses cuda without a GPU before there is a job', async () => {
    setEnvironment({ CBOW_CUDA_LIBRARY: '/no/libcuda.so' })
    const choice = chooseEngine(CbowOptions.parse({ engine: 'cuda' }))
    await expect(choice).rejects.toThrow(/^no NVIDIA driver: \/no\/libcuda\.so cannot be loaded/)
  })
})

describe('engines', () => {
  it('are listed, each with what it computes on', async () => {
    await useTensorBackend('cpu')
    const list = await engineList()
    expect(backendInUse().backend).toBe('cpu')
    expect(list.map(({ name }) => name)).toEqual(['cuda', 'wasm', 'tensorflow', 'cpu'])
    expect(list.every(({ name, available, description }) => (available || name === 'cuda') && description !== '')).toBe(
      true,
    )
  })

  it('name the memory that is needed beyond 4 GiB', async () => {
    const corpus = await smallCorpus(1_000)
    const words = corpus.vocabulary.size
    const job = jobOf(corpus, smallSettings())
    const dimensions = 3e6
    await expect(startEngine('wasm', { ...job, settings: { ...job.settings, dimensions } })).rejects.toThrow(
      `engine wasm holds at most 4 GiB, ${words} words of ${dimensions} dimensions need`,
    )
  })
})
