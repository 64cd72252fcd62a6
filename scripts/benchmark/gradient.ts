// Times reading loss gradients: in closed form, on TensorFlow.js's tape, and by PyTorch's autograd, in turns.
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { Embeddings } from '../../src/embeddings/embeddings.js'
import { lossGradient } from '../../src/gradient/loss-gradient.js'
import { tapeGradient } from '../../src/gradient/tape-gradient.js'
import type { EmbeddedBatch, LossGradient, Victim } from '../../src/gradient/victim.js'
import { tokenizerOf } from '../../src/text/tokenizers.js'
import { Vocabulary } from '../../src/text/vocabulary.js'
import { CentreWord } from '../../src/victims/centre-word.js'
import { TextClassifier } from '../../src/victims/text-classifier.js'
import { createCommand, doing } from '../command-line/command.js'
import { EngineFlag, useEngine } from '../command-line/engine.js'
import { addSchemaFlags, parseFlags } from '../command-line/schema-flags.js'
import { took } from './clock.js'
import { LinePeer } from './line-peer.js'
import { median } from './median.js'

const Options = z.object({
  python: z.string().optional().describe('a Python that has torch; without it only we are timed'),
  engine: EngineFlag,
  rounds: z.int().min(1).default(7).describe('times each way is taken, in turns'),
  seconds: z.number().positive().default(0.3).describe('about how long a turn takes'),
})

/** K labels, D dimensions, C words in each of B examples. */
interface Problem {
  readonly labels: number
  readonly dimensions: number
  readonly words: number
  readonly examples: number
  /** With biases; else a centre word, which has none. */
  readonly classifier: boolean
}

const VICTIMS = [
  { name: 'classifier, 2 labels, 20 words', labels: 2, words: 20, classifier: true },
  { name: 'centre word, 25,000 words, 10 in the context', labels: 25_000, words: 10, classifier: false },
]
const CASES = VICTIMS.flatMap((each) =>
  [1, 64].map((examples) => ({ ...each, name: `${each.name}; ${examples} at once`, dimensions: 100, examples })),
)

const Ready = z.object({ reader: z.string(), threads: z.int() })
const Turn = z.object({ seconds: z.number(), cpuSeconds: z.number(), gradient: z.array(z.number()) })
type Turn = z.output<typeof Turn>

interface Way {
  readonly name: string
  turn(problem: Problem, reads: number): Promise<Turn>
}

export const gradientBenchmark = createCommand(
  'gradient',
  'Times reading loss gradients (cross-entropy, 100 dimensions) in closed form, by the tape, and by PyTorch, in turns.',
  'npm run benchmark -- gradient --python venv/bin/python',
)
doing(addSchemaFlags(gradientBenchmark, Options), async (_, flags, { progress }) => {
  const { python, engine, rounds, seconds } = parseFlags(Options, flags)
  const { description } = await useEngine(engine, progress)
  const ways: Way[] = [
    { name: 'closed form', turn: ourTurn(lossGradient) },
    { name: 'tape', turn: ourTurn(tapeGradient) },
  ]
  const script = fileURLToPath(new URL('../../../scripts/benchmark/peers/torch_gradient.py', import.meta.url))
  const peer = python === undefined ? undefined : new LinePeer(python, [script])
  try {
    if (peer) {
      const { reader, threads } = await peer.answer(Ready)
      const name = `${reader}, ${threads} threads`
      ways.push({ name, turn: (problem, reads) => peer.ask({ ...problem, reads }, Turn) })
    }
    const table = []
    for (const { name, ...problem } of CASES) {
      progress.note(name)
      table.push({ case: name, ways: await compare(ways, problem, rounds, seconds) })
    }
    return { lines: linesOf(table, description, rounds), json: { engine: description, rounds, table } }
  } finally {
    peer?.close()
  }
})

type Table = { readonly case: string; readonly ways: Awaited<ReturnType<typeof compare>> }[]

async function compare(ways: readonly Way[], problem: Problem, rounds: number, seconds: number) {
  const ours = await ways[0].turn(problem, 1)
  const timed = []
  for (const way of ways) {
    const { gradient } = await way.turn(problem, 1)
    const error = relativeError(gradient, ours.gradient)
    // PyTorch's float32 differs from its own float64 by 4.5e-5 for a centre word; the closed form agrees with the latter.
    if (!(error < 1e-4)) throw new Error(`${way.name}: another gradient, by ${error} of its norm`)
    const once = (await way.turn(problem, 5)).seconds / 5
    timed.push({ way, reads: Math.max(1, Math.round(seconds / once)), seconds: [] as number[], cpu: [] as number[] })
  }
  for (let round = 0; round < rounds; round++) {
    for (const { way, reads, ...times } of round % 2 === 0 ? timed : [...timed].reverse()) {
      const turn = await way.turn(problem, reads)
      times.seconds.push(turn.seconds / reads / problem.examples)
      times.cpu.push(turn.cpuSeconds / reads / problem.examples)
      // Threads that have worked wait busily for more, for a while.
      await setTimeout(300)
    }
  }
  const [first] = timed
  return timed.map(({ way, seconds, cpu }) => ({
    name: way.name,
    microseconds: 1e6 * median(seconds),
    ratio: median(seconds.map((value, i) => value / first.seconds[i])),
    cpuRatio: median(cpu.map((value, i) => value / first.cpu[i])),
  }))
}

function linesOf(table: Table, engine: string, rounds: number): string[] {
  return [
    '| read | by | µs an example | times the closed form | by CPU time |',
    '|---|---|---|---|---|',
    ...table.flatMap((row) =>
      row.ways.map(
        ({ name, microseconds, ratio, cpuRatio }) =>
          `| ${row.case} | ${name} | ${microseconds.toPrecision(3)} | ${ratio.toPrecision(3)} | ${cpuRatio.toPrecision(3)} |`,
      ),
    ),
    '',
    `The tape: ${engine}. Medians of ${rounds} rounds; before them, each gradient was compared (1e-4 by norm).`,
  ]
}

type Read = (victim: Victim, batch: EmbeddedBatch, labels: Int32Array) => LossGradient

function ourTurn(read: Read): Way['turn'] {
  return async (problem, reads) => {
    const { victim, batch, labels } = taskOf(problem)
    let gradient = new Float32Array()
    for (let i = 0; i < 3; i++) gradient = new Float32Array(read(victim, batch, labels).gradient)
    const { seconds, cpuSeconds } = await took(() => {
      for (let i = 0; i < reads; i++) read(victim, batch, labels)
    })
    const first = gradient.subarray(0, problem.words * problem.dimensions)
    return { seconds, cpuSeconds, gradient: [...first] }
  }
}

interface Task {
  readonly victim: Victim
  readonly batch: EmbeddedBatch
  readonly labels: Int32Array
}

const tasks = new Map<string, Task>()

function taskOf(problem: Problem): Task {
  const key = JSON.stringify(problem)
  const task = tasks.get(key) ?? makeTask(problem)
  tasks.set(key, task)
  return task
}

function makeTask({ labels: K, dimensions: D, words: C, examples: B, classifier }: Problem): Task {
  const names = Array.from({ length: K }, (_, k) => `w${k}`)
  const output = values(1, K * D)
  const bias = values(2, K)
  const embeddings = new Embeddings(new Vocabulary(names, new Float64Array(K)), new Float32Array(K * D), D)
  const tokenizer = tokenizerOf('word')
  const victim = classifier
    ? new TextClassifier(embeddings, transposed(output, K, D), bias, names, tokenizer)
    : new CentreWord(embeddings, output, 'mean', tokenizer)
  const offsets = Int32Array.from({ length: B + 1 }, (_, b) => b * C)
  const batch = { embedded: values(3, B * C * D), offsets, dimensions: D }
  return { victim, batch, labels: Int32Array.from({ length: B }, (_, b) => b % K) }
}

/** The numbers that peers/torch_gradient.py computes too. */
function values(seed: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(0.37 * i + seed))
}

function transposed(rows: Float32Array, K: number, D: number): Float32Array {
  return Float32Array.from({ length: K * D }, (_, i) => rows[(i % K) * D + Math.floor(i / K)])
}

function relativeError(a: readonly number[], b: readonly number[]): number {
  const norm = Math.hypot(...b)
  return a.length === b.length ? Math.hypot(...a.map((value, i) => value - b[i])) / norm : Number.NaN
}
