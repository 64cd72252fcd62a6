// Asks the same vectors the same questions by us and by gensim, in turns, and prints a Markdown table.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'
import { convertVectors } from '../../src/embeddings/convert-vectors.js'
import { createCommand, doing } from '../command-line/command.js'
import { addSchemaFlags, parseFlags } from '../command-line/schema-flags.js'
import { median } from './median.js'

const Options = z.object({
  python: z.string().default('python3').describe('a Python that has gensim'),
  analogies: z.string().default('questions-words.txt').describe("Google's questions-words.txt"),
  similarity: z.string().default('wordsim353.txt').describe('word<TAB>word<TAB>score lines'),
  count: z.int().min(1).default(1000).describe('words whose 10 nearest are asked for'),
  rounds: z.int().min(1).default(3).describe('times each is run, in turns'),
})

const Seconds = z.object({
  reading: z.number(),
  first: z.number(),
  nearest: z.number(),
  analogies: z.number(),
  similarity: z.number(),
})
const Answered = z.object({
  seconds: Seconds,
  cpuSeconds: Seconds,
  /** The 10 nearest of each word. */
  answers: z.array(z.array(z.string())),
  analogies: z.number(),
  similarity: z.number(),
  /** Whether gensim reads from our copy what it reads from the file. */
  same: z.boolean().nullish(),
})
type Answered = z.output<typeof Answered>

const WORK: Readonly<Record<keyof z.output<typeof Seconds>, string>> = {
  reading: 'reading the vectors',
  first: 'the first question',
  nearest: '10 nearest words, each word',
  analogies: 'analogies, first 30,000 words',
  similarity: 'similarity of word pairs',
}

export const wordsBenchmark = createCommand(
  'words',
  'Times nearest words, analogies and similarity against gensim, interleaved, and compares the answers.',
  'npm run benchmark -- words vectors.bin --python venv/bin/python',
).argument('<vectors>', 'word2vec binary (.bin)')
doing(addSchemaFlags(wordsBenchmark, Options), async ([vectors], flags, { progress }) => {
  const { python, analogies, similarity, count, rounds } = parseFlags(Options, flags)
  const program = fileURLToPath(new URL('words-ours.js', import.meta.url))
  // The script is no part of what is compiled.
  const script = fileURLToPath(new URL('../../../scripts/benchmark/peers/gensim_words.py', import.meta.url))
  const asked = [vectors, analogies, similarity, String(count)]
  const folder = await mkdtemp(join(tmpdir(), 'cbow-benchmark-'))
  const [ours, theirs]: Answered[][] = [[], []]
  try {
    const copy = join(folder, 'copy.bin')
    await convertVectors(vectors, copy)
    for (let round = 1; round <= rounds; round++) {
      progress.note(`round ${round} of ${rounds}`)
      ours.push(await run(process.execPath, [program, ...asked]))
      theirs.push(await run(python, [script, ...asked, copy]))
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return { lines: [...tableOf(ours, theirs, count), '', ...answersOf(ours[0], theirs[0])], json: { ours, theirs } }
})

async function run(program: string, args: readonly string[]): Promise<Answered> {
  const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 1 << 26 })
  return Answered.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
}

function tableOf(ours: readonly Answered[], theirs: readonly Answered[], count: number): string[] {
  return [
    '| work | ours, ms | gensim, ms | times as fast | by CPU time |',
    '|---|---|---|---|---|',
    ...Seconds.keyof().options.map((work) => {
      const times = work === 'nearest' ? count : 1
      const cell = (runs: readonly Answered[]) =>
        ((1000 * median(runs.map(({ seconds }) => seconds[work]))) / times).toFixed(2)
      const ratio = (which: 'seconds' | 'cpuSeconds') =>
        median(ours.map((each, i) => theirs[i][which][work] / each[which][work])).toFixed(2)
      return `| ${WORK[work]} | ${cell(ours)} | ${cell(theirs)} | ${ratio('seconds')} | ${ratio('cpuSeconds')} |`
    }),
  ]
}

function answersOf(ours: Answered, theirs: Answered): string[] {
  const alike = ours.answers.filter((words, i) => words.join(' ') === theirs.answers[i].join(' ')).length
  const percent = (accuracy: number) => `${(100 * accuracy).toFixed(2)}%`
  return [
    `The same 10 nearest in the same order for ${alike} of ${ours.answers.length} words; analogies ` +
      `${percent(ours.analogies)} and ${percent(theirs.analogies)}; Spearman's correlation ` +
      `${ours.similarity.toFixed(4)} and ${theirs.similarity.toFixed(4)}; the copy that we wrote is ` +
      `${theirs.same ? 'read by gensim to the same vectors' : 'NOT READ BY GENSIM TO THE SAME VECTORS'}.`,
  ]
}
