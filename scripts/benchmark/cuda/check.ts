// What the kernels compute, held against plain arithmetic on the CPU: what the tests do, without a test runner, for a
// machine that has a GPU and nothing else.
import { CounterStream, Purpose } from '../../../src/base/random.js'
import { type CbowSettings, defaultSettings } from '../../../src/cbow/cbow-options.js'
import { initialRows } from '../../../src/cbow/draws.js'
import { type EncodedCorpus, encodeCorpus } from '../../../src/cbow/encoded-corpus.js'
import { cpuEngine } from '../../../src/cbow/engines/cpu.js'
import { cudaEngine } from '../../../src/cbow/engines/cuda.js'
import type { ChunkLoss } from '../../../src/cbow/engines/engine.js'
import { Schedule } from '../../../src/cbow/schedule.js'
import type { Weights } from '../../../src/cbow/weight-rows.js'
import { linearGradient } from '../../../src/gradient/linear-gradient.js'
import type { Grid } from '../../../src/kernels/cuda/cbow-cuda.js'
import { cudaBytes } from '../../../src/kernels/cuda/corpus-on-gpu.js'
import { Gpu } from '../../../src/kernels/cuda/gpu.js'
import { LinearCuda } from '../../../src/kernels/cuda/linear-cuda.js'
import { randomTexts, randomVictim } from './random-victim.js'

/** A fact, and how far the GPU is from it. */
export interface Check {
  readonly what: string
  /** The largest deviation. */
  readonly worst: number
  readonly tolerance: number
}

const ONE_WARP: Grid = { blocks: 1, warpsOfBlock: 1 }

/** All checks, one after the other. */
export async function* checks(): AsyncGenerator<Check> {
  yield* trainingChecks()
  for (const [D, K, pooling] of [
    [100, 2, 'mean'],
    [31, 9, 'sum'],
    [300, 17, 'mean'],
    [1000, 3, 'mean'],
    [8, 203, 'sum'],
  ] as const) {
    yield* linearChecks(D, K, pooling)
  }
}

async function* trainingChecks(): AsyncGenerator<Check> {
  const small = await corpusOf(2_500)
  const cases: Partial<CbowSettings>[] = [
    ...[1, 8, 31, 33, 100, 128, 129, 300, 1000, 1024].map((dimensions) => ({ dimensions })),
    ...[0, 1, 8, 15, 130].map((negative) => ({ negative })),
    { window: 40, negative: 12 },
    { update: 'corrected', learningRate: 0.14 },
    { mode: 'sum', learningRate: 0.025 },
    { train: ['input'] },
    { train: ['output'], dimensions: 300 },
    { sample: 0, epochs: 2, seed: 2 ** 53 - 1 },
  ]
  for (const changed of cases) {
    const settings = settingsOf(changed)
    const [plain, fast] = [await trainedBy('cpu', small, settings), await trainedBy('cuda', small, settings, ONE_WARP)]
    const what = `one warp takes the steps of the reference (${JSON.stringify(changed)})`
    yield { what, worst: distance(fast.weights, plain.weights), tolerance: 1e-4 }
  }
  const corpus = await corpusOf(300_000)
  const settings = settingsOf({ sample: 0, dimensions: 16 })
  const [plain, fast] = [await trainedBy('cpu', corpus, settings), await trainedBy('cuda', corpus, settings)]
  const centres = fast.losses.reduce(
    (most, { centres }, i) => Math.max(most, Math.abs(centres - plain.losses[i].centres)),
    0,
  )
  yield { what: 'many warps train every centre once', worst: centres, tolerance: 0 }
  yield {
    what: 'many warps lose what the reference loses, as a share',
    worst: Math.abs(lossOf(fast.losses) / lossOf(plain.losses) - 1),
    tolerance: 0.03,
  }
  yield* streamingCheck(corpus)
}

/** A corpus beyond the free memory: nearly all of that is taken first. */
async function* streamingCheck(corpus: EncodedCorpus): AsyncGenerator<Check> {
  const settings = settingsOf({ dimensions: 8, window: 1, negative: 1 })
  const whole = await trainedBy('cuda', corpus, settings, ONE_WARP)
  const ballast = await Gpu.open('cbow')
  try {
    // A driver may take memory in pieces of 2 MiB: what is left holds two buffers, and may hold the corpus all the same.
    const left = 64 * 2 ** 20 + cudaBytes(corpus.vocabulary.size, settings.dimensions, corpus.words.length / 2)
    ballast.allocate(Math.max(1, ballast.memory().free - left))
    const streamed = await trainedBy('cuda', corpus, settings, ONE_WARP)
    const how = streamed.description.includes('streaming') ? 'that streams' : 'beside little free memory'
    const worst = distance(streamed.weights, whole.weights)
    yield { what: `a corpus ${how} gives the bits of one that lies on the GPU`, worst, tolerance: 0 }
  } finally {
    ballast.close()
  }
}

async function* linearChecks(D: number, K: number, pooling: 'mean' | 'sum'): AsyncGenerator<Check> {
  const [V, B] = [500, 200]
  const draws = new CounterStream(2, Purpose.Demonstration, D, K)
  const parts = randomVictim(draws, V, D, K, pooling)
  const texts = randomTexts(draws, V, K, B, 12)
  const of = `of ${K} labels, ${D} dimensions, ${pooling}`
  const gpu = await Gpu.open('attacks')
  try {
    const linear = new LinearCuda(gpu, parts)
    const embedded = new Float32Array(texts.ids.length * D)
    texts.ids.forEach((id, i) => {
      embedded.set(parts.embeddings.subarray(id * D, (id + 1) * D), i * D)
    })
    const offsets = Int32Array.from(texts.offsets)
    const labels = Int32Array.from(texts.labels)
    const first = (gradient: Float32Array) =>
      Float32Array.from({ length: B * D }, (_, i) => gradient[offsets[Math.floor(i / D)] * D + (i % D)])
    for (const objective of ['cross-entropy', 'margin'] as const) {
      const expected = linearGradient(parts, { embedded, offsets, dimensions: D }, labels, objective)
      const found = linear.readNow(texts, objective)
      yield { what: `losses ${of}, ${objective}`, worst: byNorm(found.loss, expected.loss), tolerance: 1e-5 }
      yield { what: `logits ${of}, ${objective}`, worst: byNorm(found.logits, expected.logits), tolerance: 1e-5 }
      const worst = byNorm(found.rows, first(expected.gradient))
      yield { what: `gradients ${of}, ${objective}`, worst, tolerance: 1e-5 }
    }
    yield { what: `the best 8 words ${of}: how many stand elsewhere`, ...misranked(linear, draws) }
    if (K === 2) yield* flipChecks(linear, texts, of)
  } finally {
    gpu.close()
  }
}

/** Words that are ranked otherwise than by sums in float64, though these differ by more than rounding. */
function misranked(linear: LinearCuda, draws: CounterStream): Omit<Check, 'what'> {
  const { embeddings, dimensions: D } = linear.parts
  const query = Float32Array.from({ length: D }, () => draws.normal())
  const scores = Array.from({ length: embeddings.length / D }, (_, word) => {
    return query.reduce((sum, value, d) => sum + value * embeddings[word * D + d], 0)
  })
  const best = [...scores.keys()].sort((a, b) => scores[b] - scores[a]).slice(0, 8)
  const { words } = linear.bestWordsNow(query, 8)
  const wrong = best.filter((word, i) => Math.abs(scores[words[i]] - scores[word]) > 1e-4)
  return { worst: wrong.length, tolerance: 0 }
}

/** Of two labels PGD flips in a Euclidean ball just what |margin| / |gradient of the margin| says. */
function* flipChecks(linear: LinearCuda, texts: ReturnType<typeof randomTexts>, of: string): Generator<Check> {
  const { loss, rows } = linear.readNow(texts, 'margin')
  const D = linear.parts.dimensions
  const epsilon = 0.5
  const climb = { norm: 'l2', epsilon, steps: 40, stepLength: epsilon / 16, objective: 'margin' } as const
  const { loss: reached, rows: deltas } = linear.climbNow(texts, climb)
  let wrong = 0
  let outside = 0
  for (let b = 0; b < loss.length; b++) {
    const positions = texts.offsets[b + 1] - texts.offsets[b]
    const norm = (row: Float32Array) => Math.sqrt(positions) * Math.hypot(...row.subarray(b * D, (b + 1) * D))
    const distance = -loss[b] / norm(rows)
    if (distance > 0 && Math.abs(distance / epsilon - 1) > 1e-4 && reached[b] > 0 !== distance < epsilon) wrong++
    outside = Math.max(outside, norm(deltas) / epsilon - 1)
  }
  yield { what: `texts ${of} that PGD flips otherwise than the closed form says`, worst: wrong, tolerance: 0 }
  yield { what: `how far PGD leaves the ball, as a share (${of})`, worst: outside, tolerance: 1e-5 }
}

function settingsOf(changed: Partial<CbowSettings>): CbowSettings {
  return defaultSettings({ dimensions: 20, epochs: 1, minCount: 1, sample: 1e-2, seed: 5, ...changed })
}

/** Sentences of 1 to 30 words of 300, in which early words are far more frequent. */
function corpusOf(words: number): Promise<EncodedCorpus> {
  const draws = new CounterStream(1, Purpose.Demonstration, 0)
  async function* sentences() {
    for (let done = 0; done < words; ) {
      const length = Math.min(words - done, 1 + draws.below(30))
      yield Array.from({ length }, () => `w${Math.floor(300 * draws.uniform() ** 3)}`)
      done += length
    }
  }
  return encodeCorpus(sentences(), { minCount: 1 })
}

async function trainedBy(name: 'cpu' | 'cuda', corpus: EncodedCorpus, settings: CbowSettings, grid?: Grid) {
  const schedule = new Schedule(corpus.window.length, settings.epochs, settings.learningRate)
  const job = { corpus, settings, schedule, threads: 1, lockstep: false, begin: initialRows(settings) }
  const engine = await (name === 'cpu' ? cpuEngine(job) : cudaEngine(job, grid))
  try {
    const losses = await engine.train(0, schedule.chunks)
    return { losses, weights: engine.weights(), description: engine.description }
  } finally {
    await engine.close()
  }
}

const lossOf = (chunks: readonly ChunkLoss[]) => chunks.reduce((sum, { loss }) => sum + loss, 0)

/** The largest distance of any two weights. */
function distance(a: Weights, b: Weights): number {
  let largest = 0
  for (const matrix of ['input', 'output'] as const) {
    for (let i = 0; i < b[matrix].length; i++) largest = Math.max(largest, Math.abs(a[matrix][i] - b[matrix][i]))
  }
  return largest
}

/** The length of the difference, beside the length of the expected. */
function byNorm(found: Float32Array, expected: Float32Array): number {
  let [difference, size] = [0, Number.MIN_VALUE]
  for (let i = 0; i < expected.length; i++) {
    difference += (found[i] - expected[i]) ** 2
    size += expected[i] ** 2
  }
  return Math.sqrt(difference / size)
}
