import type { Handle } from './driver.js'
import { rowLength } from './rows.js'

/** What training by CBOW with negative sampling is to do. */
export interface CudaProblem {
  /** V. */
  readonly words: number
  /** D, at most 1,024. */
  readonly dimensions: number
  readonly window: number
  readonly negative: number
  /** [V] and [V, 2], see `cbow/draws.ts`. */
  readonly keep: Uint32Array
  readonly noise: Uint32Array
  readonly seed: number
  /** Context words are averaged. */
  readonly mean: boolean
  /** Each context word takes e / C. */
  readonly divided: boolean
  readonly trainsInput: boolean
  readonly trainsOutput: boolean
  readonly learningRate: number
  /** N, and that of all epochs. */
  readonly wordsPerEpoch: number
  readonly totalWords: number
  /** Words of a chunk, to which losses are counted. */
  readonly chunkWords: number
  /** Most words of a sentence. */
  readonly longestSentence: number
}

/** Sentences that begin at positions `from` to `to` - 1 of an epoch; `from` is where a chunk begins. */
export interface Stretch {
  readonly epoch: number
  readonly from: number
  readonly to: number
}

/** The words that the GPU holds for a launch: positions `first` to `end` - 1. */
export interface HeldWords {
  readonly address: Handle
  readonly first: number
  readonly end: number
}

/** Where a launch finds the model and the tables, and where it counts. */
export interface LaunchAddresses {
  readonly input: Handle
  readonly output: Handle
  readonly keep: Handle
  readonly noise: Handle
  /** Of segments, from 0. */
  readonly next: Handle
  /** Of the chunk that the stretch begins with. */
  readonly loss: Handle
  readonly centres: Handle
}

/** The same in segment.cuh, draws.cuh and problem.cuh. */
const SEGMENT = 128
const MOST_DRAWN = 128
const FLAG = { mean: 1, divided: 2, trainsInput: 4, trainsOutput: 8 } as const
const PROBLEM_BYTES = 160

/** Bytes of shared memory that a warp needs. */
export function sharedBytesOfWarp({ window, negative }: CudaProblem): number {
  const draws = negative + 1
  const together = Math.max(1, Math.floor(MOST_DRAWN / draws))
  return (3 * (SEGMENT + 2 * window) + draws + together * draws) * Uint32Array.BYTES_PER_ELEMENT
}

/** The `Problem` of problem.cuh: what one launch is given. */
export function problemBytes(
  problem: CudaProblem,
  { epoch, from, to }: Stretch,
  held: HeldWords,
  at: LaunchAddresses,
): DataView {
  // The last sentence may end in a segment beyond `to`.
  const words = Math.min(held.end, to + problem.longestSentence) - from
  const view = new DataView(new ArrayBuffer(PROBLEM_BYTES))
  let offset = 0
  for (const address of [at.input, at.output, held.address, at.keep, at.noise, at.next, at.loss, at.centres]) {
    view.setBigUint64(offset, address, true)
    offset += 8
  }
  for (const position of [held.first, from, to, held.end]) {
    view.setBigUint64(offset, BigInt(position), true)
    offset += 8
  }
  for (const value of [problem.learningRate, problem.totalWords, epoch * problem.wordsPerEpoch]) {
    view.setFloat64(offset, value, true)
    offset += 8
  }
  for (const value of [
    Math.ceil(words / SEGMENT),
    problem.chunkWords,
    epoch,
    problem.seed % 2 ** 32,
    Math.floor(problem.seed / 2 ** 32),
    problem.words,
    problem.window,
    problem.negative,
    rowLength(problem.dimensions) / 4,
    flagsOf(problem),
  ]) {
    view.setUint32(offset, value, true)
    offset += 4
  }
  return view
}

function flagsOf({ mean, divided, trainsInput, trainsOutput }: CudaProblem): number {
  return (
    (mean ? FLAG.mean : 0) +
    (divided ? FLAG.divided : 0) +
    (trainsInput ? FLAG.trainsInput : 0) +
    (trainsOutput ? FLAG.trainsOutput : 0)
  )
}
