import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'

const Measured = z.object({
  trainer: z.string(),
  /** Counting and encoding, where that is told apart. */
  readingSeconds: z.number().optional(),
  /** Training alone, wall-clock. */
  trainingSeconds: z.number(),
  /** The whole command: counting, training, saving. */
  wholeSeconds: z.number(),
  /** Words of the vocabulary that were read, all epochs together, before subsampling. */
  words: z.number(),
  vocabulary: z.number(),
  /** Of resident memory, where the system tells it. */
  peakMegabytes: z.number().optional(),
})
export type Measured = z.output<typeof Measured>

/** What all trainers are asked for in a round. */
export interface Round {
  readonly corpus: string
  readonly threads: number
  readonly epochs: number
  /** word2vec.c takes none. */
  readonly seed: number
  /** A folder that each writes into. */
  readonly folder: string
}

/** A trainer that runs as a program of its own. */
export interface Trainer {
  /** The vectors it writes into a round's folder. */
  readonly vectors: string
  train(round: Round): Promise<Measured>
}

/** @param options more of our options, as JSON */
export function oursTrainer(options: string): Trainer {
  return {
    vectors: 'ours/vectors.bin',
    train: ({ corpus, folder, threads, epochs, seed }) =>
      reported(process.execPath, [
        fileURLToPath(new URL('train-ours.js', import.meta.url)),
        ...[corpus, `${folder}/ours`, threads, epochs, seed, options].map(String),
      ]),
  }
}

/** @param python that has gensim */
export function gensimTrainer(python: string): Trainer {
  // The script is no part of what is compiled.
  const script = fileURLToPath(new URL('../../../scripts/benchmark/peers/gensim_train.py', import.meta.url))
  return {
    vectors: 'gensim.bin',
    train: ({ corpus, folder, threads, epochs, seed }) =>
      reported(python, [script, ...[corpus, `${folder}/gensim.bin`, threads, epochs, seed].map(String)]),
  }
}

/** Runs a program whose last line is what it measured, as JSON. */
async function reported(program: string, args: readonly string[]): Promise<Measured> {
  const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 1 << 24 })
  return Measured.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
}
