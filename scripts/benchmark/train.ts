// Trains the same text by us and by gensim, in turns, and prints a Markdown table: speed, quality, memory, ratios.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'
import { analogyAccuracy } from '../../src/embeddings/analogy-accuracy.js'
import { readEmbeddings } from '../../src/embeddings/read-vectors.js'
import { similarityScore } from '../../src/embeddings/similarity-score.js'
import { readAnalogies, readJudgedPairs } from '../../src/embeddings/word-tests.js'
import { createCommand, doing } from '../command-line/command.js'
import { addSchemaFlags, parseFlags } from '../command-line/schema-flags.js'
import { median } from './median.js'

const Options = z.object({
  python: z.string().optional().describe('a Python that has gensim; without it only we are timed'),
  analogies: z.string().optional().describe("Google's questions-words.txt"),
  similarity: z.string().optional().describe('word<TAB>word<TAB>score lines'),
  rounds: z.int().min(1).default(3).describe('times each trainer runs, in turns, each round with another seed'),
  threads: z.int().min(1).default(2).describe('threads of each trainer'),
  epochs: z.int().min(1).default(5).describe('passes over the text'),
  options: z.string().default('{}').describe('more of our own options as JSON: \'{"update":"corrected"}\''),
})
type Options = z.output<typeof Options>

const Measured = z.object({
  trainer: z.string(),
  trainingSeconds: z.number(),
  wholeSeconds: z.number(),
  words: z.number(),
  vocabulary: z.number(),
  peakMegabytes: z.number(),
})
interface Run extends z.output<typeof Measured> {
  readonly analogies?: number
  readonly similarity?: number
}

export const trainBenchmark = createCommand(
  'train',
  'Times CBOW training against gensim, interleaved; a sentence a line (gensim reads 10,000 words of one at most).',
  'npm run benchmark -- train enwiki-lines.txt --python venv/bin/python --analogies questions-words.txt',
).argument('<corpus>', 'plain text, a sentence a line')
doing(addSchemaFlags(trainBenchmark, Options), async ([corpus], flags, { progress }) => {
  const options = parseFlags(Options, flags)
  const folder = await mkdtemp(join(tmpdir(), 'cbow-benchmark-'))
  const ours: Run[] = []
  const theirs: Run[] = []
  try {
    for (let round = 1; round <= options.rounds; round++) {
      progress.note(`round ${round} of ${options.rounds}`)
      const settings = [String(options.threads), String(options.epochs), String(round)]
      const program = fileURLToPath(new URL('train-ours.js', import.meta.url))
      const mine = join(folder, 'ours')
      ours.push(await run(process.execPath, [program, corpus, mine, ...settings, options.options], options, mine))
      if (options.python === undefined) continue
      const script = fileURLToPath(new URL('../../../scripts/benchmark/peers/gensim_train.py', import.meta.url))
      const vectors = join(folder, 'vectors.bin')
      theirs.push(await run(options.python, [script, corpus, vectors, ...settings], options, vectors))
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return { lines: tableOf(ours, theirs), json: { ours, theirs } }
})

async function run(program: string, args: readonly string[], options: Options, vectors: string): Promise<Run> {
  const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 1 << 24 })
  const measured = Measured.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
  const embeddings = await readEmbeddings(vectors)
  const { analogies, similarity } = options
  const scores: { analogies?: number; similarity?: number } = {}
  if (analogies !== undefined) {
    scores.analogies = (
      await analogyAccuracy(embeddings, await readAnalogies(analogies), { first: 30_000 })
    ).total.accuracy
  }
  if (similarity !== undefined) {
    scores.similarity = similarityScore(embeddings, await readJudgedPairs(similarity)).spearman
  }
  return { ...measured, ...scores }
}

function tableOf(ours: readonly Run[], theirs: readonly Run[]): string[] {
  const rows = [ours, theirs].filter((runs) => runs.length > 0)
  const lines = [
    '| trainer | training, M words/s | whole command, s | analogies (first 30,000 words) | WordSim-353 | peak memory, MB |',
    '|---|---|---|---|---|---|',
    ...rows.map((runs) => {
      const cells = [
        runs[0].trainer,
        median(runs.map(rate)).toFixed(2),
        median(runs.map((each) => each.wholeSeconds)).toFixed(1),
        meanOf(runs, 'analogies', 100, 1, '%'),
        meanOf(runs, 'similarity', 1, 3, ''),
        Math.max(...runs.map((each) => each.peakMegabytes)).toFixed(0),
      ]
      return `| ${cells.join(' | ')} |`
    }),
  ]
  if (theirs.length === 0) return lines
  const training = median(ours.map((each, i) => rate(each) / rate(theirs[i])))
  const whole = median(ours.map((each, i) => theirs[i].wholeSeconds / each.wholeSeconds))
  return [
    ...lines,
    '',
    `Ratios (medians of rounds): training ${training.toFixed(2)}, whole command ${whole.toFixed(2)}.`,
  ]
}

const rate = ({ words, trainingSeconds }: Run) => words / trainingSeconds / 1e6

function meanOf(runs: readonly Run[], field: 'analogies' | 'similarity', scale: number, digits: number, unit: string) {
  const values = runs.map((each) => each[field]).filter((value) => value !== undefined)
  if (values.length === 0) return ''
  const scaled = values.map((value) => scale * value)
  const mean = scaled.reduce((a, b) => a + b) / scaled.length
  const range = `${Math.min(...scaled).toFixed(digits)} to ${Math.max(...scaled).toFixed(digits)}`
  return `${mean.toFixed(digits)}${unit} (${range})`
}
