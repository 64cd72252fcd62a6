// Trains the same text by us and by others, in turns, and prints a Markdown table: speed, quality, memory, ratios.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { readEmbeddings } from '../../src/embeddings/read-vectors.js'
import { createCommand, doing } from '../command-line/command.js'
import { addSchemaFlags, parseFlags } from '../command-line/schema-flags.js'
import { median } from './median.js'
import { gensimTrainer, type Measured, oursTrainer, type Trainer } from './trainers.js'
import { type WordScores, wordScores } from './word-scores.js'
import { word2vecTrainer } from './word2vec-c.js'

const Options = z.object({
  python: z.string().optional().describe('a Python that has gensim'),
  word2vecC: z
    .string()
    .optional()
    .describe(
      'word2vec.c, compiled by the C compiler that is here, or a binary of it; without peers only we are timed',
    ),
  analogies: z.string().optional().describe("Google's questions-words.txt"),
  similarity: z.string().optional().describe('word<TAB>word<TAB>score lines'),
  rounds: z.int().min(1).default(3).describe('times each trainer runs, in turns, each round with another seed'),
  threads: z.int().min(1).default(2).describe('threads of each trainer'),
  epochs: z.int().min(1).default(5).describe('passes over the text'),
  options: z.string().default('{}').describe('more of our own options as JSON: \'{"update":"corrected"}\''),
})
type Run = Measured & WordScores

export const trainBenchmark = createCommand(
  'train',
  'Times CBOW training against gensim and word2vec.c, interleaved; a sentence a line (gensim reads 10,000 words of one).',
  'npm run benchmark -- train enwiki-lines.txt --python venv/bin/python --analogies questions-words.txt',
).argument('<corpus>', 'plain text, a sentence a line')
doing(addSchemaFlags(trainBenchmark, Options), async ([corpus], flags, { progress }) => {
  const options = parseFlags(Options, flags)
  const { rounds, threads, epochs } = options
  const folder = await mkdtemp(join(tmpdir(), 'cbow-benchmark-'))
  try {
    const trainers: Trainer[] = [oursTrainer(options.options)]
    if (options.python !== undefined) trainers.push(gensimTrainer(options.python))
    if (options.word2vecC !== undefined) trainers.push(await word2vecTrainer(options.word2vecC, folder))
    const runs: Run[][] = trainers.map(() => [])
    for (let seed = 1; seed <= rounds; seed++) {
      for (const [i, trainer] of trainers.entries()) {
        progress.note(`round ${seed} of ${rounds}: trainer ${i + 1} of ${trainers.length}`)
        const measured = await trainer.train({ corpus, threads, epochs, seed, folder })
        runs[i].push({
          ...measured,
          ...(await wordScores(await readEmbeddings(join(folder, trainer.vectors)), options)),
        })
      }
    }
    return { lines: [...tableOf(runs), '', ...ratiosOf(runs)], json: { runs } }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

function tableOf(trainers: readonly Run[][]): string[] {
  return [
    '| trainer | training, M words/s | whole command, s | analogies (first 30,000 words) | WordSim-353 | peak memory, MB |',
    '|---|---|---|---|---|---|',
    ...trainers.map((runs) => {
      const peaks = runs.flatMap(({ peakMegabytes }) => peakMegabytes ?? [])
      const cells = [
        runs[0].trainer,
        `${median(runs.map(rate)).toFixed(2)} (${rangeOf(runs.map(rate), 2)})`,
        median(runs.map((each) => each.wholeSeconds)).toFixed(1),
        meanOf(runs, 'analogies', 100, 1, '%'),
        meanOf(runs, 'similarity', 1, 3, ''),
        peaks.length === 0 ? '' : Math.max(...peaks).toFixed(0),
      ]
      return `| ${cells.join(' | ')} |`
    }),
  ]
}

/** How many times as fast we are as each of the others, round by round. */
function ratiosOf([ours, ...others]: readonly Run[][]): string[] {
  return others.map((theirs) => {
    const training = ours.map((each, i) => rate(each) / rate(theirs[i]))
    const whole = ours.map((each, i) => theirs[i].wholeSeconds / each.wholeSeconds)
    const told = (ratios: readonly number[]) => `${median(ratios).toFixed(2)} (${rangeOf(ratios, 2)})`
    return `Times the speed of ${theirs[0].trainer}, medians of rounds: training ${told(training)}, whole command ${told(whole)}.`
  })
}

const rate = ({ words, trainingSeconds }: Run) => words / trainingSeconds / 1e6

const rangeOf = (values: readonly number[], digits: number) =>
  `${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)}`

function meanOf(runs: readonly Run[], field: 'analogies' | 'similarity', scale: number, digits: number, unit: string) {
  const values = runs.flatMap((each) => each[field] ?? []).map((value) => scale * value)
  if (values.length === 0) return ''
  const mean = values.reduce((a, b) => a + b) / values.length
  return `${mean.toFixed(digits)}${unit} (${rangeOf(values, digits)})`
}
