// What engine cuda reaches on the GPU that is here, in one go: speed and quality of training beside other engines, reads
// of gradients, scores of candidates, and whether all memory comes back. Needs nothing but `dist`, its packages, the
// NVIDIA driver and a text.
import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { CounterStream, Purpose } from '../../src/base/random.js'
import { keepThresholds } from '../../src/cbow/draws.js'
import { type TrainCbow, trainCbow } from '../../src/cbow/train-cbow.js'
import { Gpu } from '../../src/kernels/cuda/gpu.js'
import { LinearCuda } from '../../src/kernels/cuda/linear-cuda.js'
import { createCommand, doing } from '../command-line/command.js'
import { addSchemaFlags, parseFlags } from '../command-line/schema-flags.js'
import { median } from './median.js'
import { type WordScores, wordScores } from './word-scores.js'

const Options = z.object({
  analogies: z.string().optional().describe("Google's questions-words.txt"),
  similarity: z.string().optional().describe('word<TAB>word<TAB>score lines'),
  engines: z
    .array(z.enum(['cuda', 'tensorflow', 'wasm']))
    .default(['cuda', 'wasm'])
    .describe('to compare in quality'),
  seeds: z.int().min(1).default(3).describe('models of each engine'),
  epochs: z.int().min(1).default(5).describe('passes over the text, for quality'),
  repeat: z.int().min(1).default(10).describe('times the text is read as one corpus, for the speed of engine cuda'),
  texts: z.int().min(1).default(1_000_000).describe('texts of 10 words whose gradients are read'),
  queries: z.int().min(1).default(4_096).describe('gradients that are scored against 100,000 words'),
})

interface Trained extends WordScores {
  readonly engine: string
  readonly wordsPerSecond: number
  readonly loss: number
}

export const cudaBenchmark = createCommand(
  'cuda',
  'Times and scores engine cuda on the GPU that is here.',
  'npm run benchmark -- cuda enwiki-lines.txt --analogies questions-words.txt --similarity wordsim353.txt',
).argument('<corpus>', 'plain text, a sentence a line')
doing(addSchemaFlags(cudaBenchmark, Options), async ([corpus], flags, { progress }) => {
  const { engines, seeds, epochs, repeat, texts, queries, ...tests } = parseFlags(Options, flags)
  const before = await gpuState()
  const speed = await speedOf({ corpus: new Array<string>(repeat).fill(corpus), engine: 'cuda', epochs: 1 })
  progress.note(`${(speed.wordsPerSecond / 1e6).toFixed(1)} M words/s`)
  const runs: Trained[] = []
  for (let seed = 1; seed <= seeds; seed++) {
    for (const engine of engines) {
      progress.note(`seed ${seed} of ${seeds}: engine ${engine}`)
      const threads = engine === 'wasm' ? availableParallelism() : undefined
      const { model, wordsPerSecond } = await trained({ corpus: [corpus], engine, epochs, seed, threads })
      runs.push({ engine, wordsPerSecond, loss: model.training!.loss, ...(await wordScores(model.input, tests)) })
    }
  }
  const reads = await gradientReads(texts, queries)
  const after = await gpuState()
  return {
    lines: [
      `${before.name}, CUDA ${before.cudaVersion}, Node ${process.versions.node}`,
      '',
      `training, ${repeat} times the text: ${million(speed.wordsPerSecond)} words/s of the corpus, of them ` +
        `${million(speed.wordsPerSecond * speed.keptShare)} kept; about ${gigabytes(speed)} GB/s of rows read and stepped`,
      `gradients of texts of 10 words, 100 dimensions, 2 labels, ids in, left on the GPU: ${million(reads.gradients)} texts/s`,
      `best 8 of 100,000 words for a gradient: ${Math.round(reads.queries)} queries/s`,
      `GPU memory free before and after: ${before.free} and ${after.free} bytes`,
      '',
      '| engine | M words/s | loss in the last epoch | analogies (first 30,000 words) | WordSim-353 |',
      '|---|---|---|---|---|',
      ...engines.map((engine) => rowOf(runs.filter((run) => run.engine === engine))),
    ],
    json: { gpu: before, freeAfter: after.free, speed, runs, reads },
  }
})

async function gpuState() {
  const gpu = await Gpu.open('cbow')
  const { name, cudaVersion, processors } = gpu
  const { free, total } = gpu.memory()
  gpu.close()
  return { name, cudaVersion, processors, free, total }
}

/** Trains, and times training alone: from the first stretch's end, since the first ones are short. */
async function trained(request: TrainCbow) {
  let seconds = 0
  let words = 0
  let seen = 0
  const model = await trainCbow({
    ...request,
    onStretch(stretch) {
      seconds += (stretch.words - seen) / stretch.wordsPerSecond
      words = stretch.words
      seen = stretch.words
    },
  })
  return { model, wordsPerSecond: words / seconds }
}

async function speedOf(request: TrainCbow) {
  const { model, wordsPerSecond } = await trained(request)
  const { counts } = model.vocabulary
  const { dimensions, negative, window, sample } = model.settings
  const keep = keepThresholds(counts, sample)
  const total = counts.reduce((sum, count) => sum + count, 0)
  const keptShare = counts.reduce((sum, count, word) => sum + (count / total) * ((keep[word] + 1) / 2 ** 32), 0)
  return { wordsPerSecond, keptShare, dimensions, negative, window }
}

/** Bytes of rows that are read and stepped in a second, if no cache held any. */
function gigabytes({ wordsPerSecond, keptShare, dimensions, negative, window }: Awaited<ReturnType<typeof speedOf>>) {
  const rows = window + 1 + negative + 1
  return ((wordsPerSecond * keptShare * rows * 2 * 4 * dimensions) / 1e9).toFixed(0)
}

const million = (value: number) => `${(value / 1e6).toFixed(1)} M`

/** Texts read, and queries ranked, in a second: medians of 9 runs after one that warms up. */
async function gradientReads(count: number, Q: number): Promise<{ gradients: number; queries: number }> {
  const [V, D, K, C] = [100_000, 100, 2, 10]
  const stream = new CounterStream(1, Purpose.Demonstration, 0)
  const numbers = (length: number) => Float32Array.from({ length }, () => stream.uniform() - 0.5)
  const gpu = await Gpu.open('attacks')
  try {
    const parts = {
      embeddings: numbers(V * D),
      output: numbers(K * D),
      bias: numbers(K),
      dimensions: D,
      pooling: 'mean',
    } as const
    const linear = new LinearCuda(gpu, parts)
    const held = linear.hold({
      ids: Uint32Array.from({ length: count * C }, () => stream.below(V)),
      offsets: Uint32Array.from({ length: count + 1 }, (_, b) => b * C),
      labels: Uint32Array.from({ length: count }, () => stream.below(K)),
    })
    const queries = numbers(Q * D)
    return {
      gradients: count / (await medianSeconds(() => linear.readGradients(held, 'cross-entropy'))),
      queries: Q / (await medianSeconds(() => linear.bestWords(queries, 8))),
    }
  } finally {
    gpu.close()
  }
}

async function medianSeconds(work: () => Promise<unknown>): Promise<number> {
  const seconds: number[] = []
  for (let run = 0; run < 10; run++) {
    const begun = performance.now()
    await work()
    seconds.push((performance.now() - begun) / 1000)
  }
  return median(seconds.slice(1))
}

function rowOf(runs: readonly Trained[]): string {
  const mean = (of: (run: Trained) => number | undefined, digits: number, scale = 1) => {
    const values = runs.flatMap((run) => of(run) ?? [])
    if (values.length === 0) return ''
    const told = values.map((value) => (scale * value).toFixed(digits)).join(', ')
    return `${((scale * values.reduce((a, b) => a + b)) / values.length).toFixed(digits)} (${told})`
  }
  const cells = [
    runs[0].engine,
    million(median(runs.map(({ wordsPerSecond }) => wordsPerSecond))),
    mean(({ loss }) => loss, 4),
    mean(({ analogies }) => analogies, 1, 100),
    mean(({ similarity }) => similarity, 3),
  ]
  return `| ${cells.join(' | ')} |`
}
