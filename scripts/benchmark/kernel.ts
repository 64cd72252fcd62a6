// Times the kernel's variants on the same words, in turns, one slice of the corpus after another.
import { z } from 'zod'
import { type CbowSettings, defaultSettings } from '../../src/cbow/cbow-options.js'
import { initialRows } from '../../src/cbow/draws.js'
import { type EncodedCorpus, encodeFiles } from '../../src/cbow/encoded-corpus.js'
import type { Engine } from '../../src/cbow/engines/engine.js'
import { negativesOf } from '../../src/cbow/losses.js'
import { CHUNK_WORDS, Schedule } from '../../src/cbow/schedule.js'
import { startEngine } from '../../src/cbow/start-engine.js'
import { createCommand, doing } from '../command-line/command.js'
import { addSchemaFlags, parseFlags } from '../command-line/schema-flags.js'
import { took } from './clock.js'
import { median } from './median.js'

const Options = z.object({
  rounds: z.int().min(1).default(9).describe('times each variant is taken, in turns, after one that is not counted'),
  chunks: z.int().min(1).default(20).describe('words of a round, in chunks of 10,000'),
  tokenizer: z.string().default('word').describe('splits lines into words'),
})

interface Variant {
  readonly name: string
  readonly settings: CbowSettings
  readonly threads: number
  readonly lockstep?: boolean
  /** Only so many of the most frequent words. */
  readonly maxVocabulary?: number
  /** Chunks of a round, where it is slow. */
  readonly chunks?: number
}

function variant(name: string, changed: Partial<CbowSettings> = {}, other: Partial<Variant> = {}): Variant {
  return { name, settings: defaultSettings(changed), threads: 1, ...other }
}

const VARIANTS: readonly Variant[] = [
  variant('D 100, window 5, 5 negatives'),
  variant('corrected', { update: 'corrected' }),
  ...[8, 32, 50, 64, 96, 128, 200, 300, 1024].map((dimensions) => variant(`D ${dimensions}`, { dimensions })),
  ...[2, 10, 20].map((window) => variant(`window ${window}`, { window })),
  ...[1, 4, 6, 10, 15].map((negative) => variant(`${negative} negatives`, { negative })),
  variant('hierarchical softmax', { loss: 'hierarchical-softmax' }),
  variant('softmax, 1,000 words', { loss: 'softmax' }, { maxVocabulary: 1_000, chunks: 1 }),
  variant('2 threads', {}, { threads: 2 }),
  variant('2 threads in lockstep', {}, { threads: 2, lockstep: true }),
]

interface Timed extends Variant {
  readonly engine: Engine
  /** V. */
  readonly vocabulary: number
  /** Of each round, by word. */
  readonly seconds: number[]
  readonly cpuSeconds: number[]
  centres: number
  words: number
}

export const kernelBenchmark = createCommand(
  'kernel',
  "Times the kernel's variants on the same words (CPU time: the machine may be busy). Ratios are medians over rounds.",
  'npm run benchmark -- kernel enwiki-lines.txt',
).argument('<corpus...>', 'text, also .gz')
doing(addSchemaFlags(kernelBenchmark, Options), async (paths, flags, { progress }) => {
  const { rounds, chunks, tokenizer } = parseFlags(Options, flags)
  const corpus = await encodeFiles(paths, { minCount: 5, tokenizer })
  const timed: Timed[] = []
  for (const each of VARIANTS) {
    const { maxVocabulary } = each
    const own =
      maxVocabulary === undefined ? corpus : await encodeFiles(paths, { minCount: 5, tokenizer, maxVocabulary })
    timed.push(await start(each, own))
  }
  const perEpoch = Math.floor(corpus.window.length / CHUNK_WORDS)
  try {
    for (let round = 0; round <= rounds; round++) {
      progress.note(round === 0 ? 'warming up' : `round ${round} of ${rounds}`)
      const from = (round * chunks) % Math.max(1, perEpoch - chunks)
      const order = round % 2 === 0 ? timed : [...timed].reverse()
      for (const each of order) {
        if (each.chunks === undefined) await time(each, from, Math.min(perEpoch, from + chunks), round > 0)
        else await time(each, round * each.chunks, (round + 1) * each.chunks, round > 0)
      }
    }
  } finally {
    for (const { engine } of timed) await engine.close()
  }
  const table = timed.map((variant) => rowOf(variant, timed[0]))
  return {
    lines: [
      '| variant | M words per CPU s | times the first | times its cost of an operation | M words/s | times the first |',
      '|---|---|---|---|---|---|',
      ...table.map(
        ({ name, wordsPerCpuSecond, cpuRatio, operationRatio, wordsPerSecond, ratio }) =>
          `| ${name} | ${(wordsPerCpuSecond / 1e6).toFixed(2)} | ${cpuRatio.toFixed(2)} ` +
          `| ${operationRatio?.toFixed(2) ?? ''} | ${(wordsPerSecond / 1e6).toFixed(2)} | ${ratio.toFixed(2)} |`,
      ),
      '',
      `${corpus.window.length} words, vocabulary ${corpus.vocabulary.size}; ${rounds} rounds of ${chunks * CHUNK_WORDS} words.`,
    ],
    json: { words: corpus.window.length, vocabulary: corpus.vocabulary.size, rounds, table },
  }
})

async function start(variant: Variant, corpus: EncodedCorpus): Promise<Timed> {
  const { settings, threads, lockstep = false } = variant
  const schedule = new Schedule(corpus.window.length, 1, settings.learningRate)
  const engine = await startEngine('wasm', {
    corpus,
    settings,
    schedule,
    begin: initialRows(settings),
    threads,
    lockstep,
  })
  return { ...variant, engine, vocabulary: corpus.vocabulary.size, seconds: [], cpuSeconds: [], centres: 0, words: 0 }
}

async function time(variant: Timed, from: number, to: number, counts: boolean): Promise<void> {
  const { seconds, cpuSeconds, result: losses } = await took(() => variant.engine.train(from, to))
  if (!counts) return
  const words = (to - from) * CHUNK_WORDS
  variant.seconds.push(seconds / words)
  variant.cpuSeconds.push(cpuSeconds / words)
  variant.words += words
  variant.centres += losses.reduce((sum, { centres }) => sum + centres, 0)
}

function rowOf(variant: Timed, first: Timed) {
  const ratios = (which: 'seconds' | 'cpuSeconds') => median(variant[which].map((value, i) => first[which][i] / value))
  const cpuRatio = ratios('cpuSeconds')
  const operations = operationsPerWord(variant)
  return {
    name: variant.name,
    wordsPerCpuSecond: 1 / median(variant.cpuSeconds),
    cpuRatio,
    operationRatio: operations && operationsPerWord(first)! / operations / cpuRatio,
    wordsPerSecond: 1 / median(variant.seconds),
    ratio: ratios('seconds'),
  }
}

/**
 * Multiplications and additions of numbers for a word: a context row is gathered and scattered (about window + 1 of
 * them), an output row is multiplied with h, added to e and updated. Draws and sigmoids are none, so that short rows,
 * which have few numbers to a draw, show what they cost. Of a tree's paths the length is not known here.
 */
function operationsPerWord({ settings, vocabulary, centres, words }: Timed): number | undefined {
  if (settings.loss === 'hierarchical-softmax') return undefined
  const outputs = settings.loss === 'softmax' ? vocabulary : negativesOf(settings) + 1
  return (settings.dimensions * (2 * (settings.window + 1) + 3 * outputs) * centres) / words
}
