import { setImmediate } from 'node:timers/promises'
import { InterruptedError, UserError } from '../base/errors.js'
import type { Progress } from '../base/progress.js'
import type { ChunkLoss, Engine } from './engines/engine.js'
import { CHUNK_WORDS, type Schedule } from './schedule.js'
import { blocksOf, type WeightShape } from './weight-rows.js'

/** Where a run stands, besides its weights. */
export interface RunState {
  /** The chunk to train next. */
  readonly chunk: number
  /** Loss and centres of the epoch under way (after the last chunk: of the last epoch). */
  readonly loss: number
  readonly centres: number
}

/** What happened since the last report. */
export interface Stretch {
  /** Words of the vocabulary read so far, all epochs together. */
  readonly words: number
  readonly totalWords: number
  readonly learningRate: number
  /** Mean loss of a centre word over the stretch. */
  readonly loss: number
  readonly wordsPerSecond: number
}

export interface RunOptions {
  /** Of the weights. */
  readonly shape: WeightShape
  readonly progress: Progress
  readonly signal?: AbortSignal
  /** Words between two reports; by default as many as take about half a second. */
  readonly stretchWords?: number
  /** Seconds between checkpoints. */
  readonly checkpointEvery: number
  /** Saves a checkpoint of the weights as they stand and says where; absent where there is no output folder. */
  readonly save?: (state: RunState) => Promise<string>
  /** The checkpoint that the run goes on from. */
  readonly resumedFrom?: string
  /** Awaited; training stands still meanwhile. */
  readonly onStretch?: (stretch: Stretch) => void | Promise<void>
}

/** A stretch takes about so long: often enough for a progress bar and for Ctrl+C. */
const STRETCH_SECONDS = 0.5

/**
 * Trains what is left, in stretches. Neither their length nor what is done between them changes the weights.
 * @returns where the run stands at its end
 * @throws InterruptedError when the signal has fired; the state is saved before
 * @throws UserError when the loss or a weight is no longer finite; a checkpoint never holds such weights
 */
export async function runTraining(
  engine: Engine,
  schedule: Schedule,
  begin: RunState,
  { shape, progress, signal, stretchWords, checkpointEvery, save, resumedFrom, onStretch }: RunOptions,
): Promise<RunState> {
  let state = begin
  let good = resumedFrom === undefined ? undefined : { file: resumedFrom, words: schedule.wordsBefore(begin.chunk) }

  async function requireFinite(): Promise<void> {
    // The last update of a stretch has no loss after it to show that it went too far.
    if (!(await areFinite(engine, shape))) throw divergence(schedule, state.chunk, good)
  }
  async function saveNow(): Promise<string | undefined> {
    if (!save) return undefined
    await requireFinite()
    const file = await save(state)
    good = { file, words: schedule.wordsBefore(state.chunk) }
    return file
  }

  let length = stretchWords === undefined ? engine.threads : Math.max(1, Math.round(stretchWords / CHUNK_WORDS))
  let savedAt = performance.now()
  progress.start('training', schedule.totalWords, 'words')
  try {
    while (state.chunk < schedule.chunks) {
      // Lets a signal in: the plain engines never wait for anything.
      await setImmediate()
      if (signal?.aborted) throw interrupted(schedule, state, await saveNow())
      if (performance.now() - savedAt > checkpointEvery * 1000) {
        await saveNow()
        savedAt = performance.now()
      }
      const from = state.chunk
      const to = Math.min(schedule.chunks, from + length)
      const startedAt = performance.now()
      const chunks = await engine.train(from, to)
      const seconds = (performance.now() - startedAt) / 1000
      state = stateAfter(state, chunks, schedule)
      const stretch = summarize(schedule, from, to, chunks, seconds)
      const bad = chunks.findIndex(({ loss }) => !Number.isFinite(loss))
      if (bad >= 0) throw divergence(schedule, from + bad + 1, good)
      progress.update(stretch.words, noteOf(stretch))
      await onStretch?.(stretch)
      if (stretchWords === undefined) {
        // At most doubled, so that one quick stretch does not make the next too long to interrupt.
        length = Math.max(1, Math.min(2 * length, Math.round((length * STRETCH_SECONDS) / seconds)))
      }
    }
  } finally {
    progress.stop()
  }
  await requireFinite()
  return state
}

function stateAfter({ chunk, loss, centres }: RunState, chunks: readonly ChunkLoss[], schedule: Schedule): RunState {
  for (const done of chunks) {
    if (chunk % schedule.chunksPerEpoch === 0) loss = centres = 0
    loss += done.loss
    centres += done.centres
    chunk++
  }
  return { chunk, loss, centres }
}

function summarize(schedule: Schedule, from: number, to: number, chunks: readonly ChunkLoss[], seconds: number) {
  const words = schedule.wordsBefore(to)
  const { epoch, from: position } = schedule.chunk(to - 1)
  return {
    words,
    totalWords: schedule.totalWords,
    learningRate: schedule.learningRateAt(epoch, position),
    loss: meanLoss(
      chunks.reduce((sum, { loss }) => sum + loss, 0),
      chunks.reduce((sum, { centres }) => sum + centres, 0),
    ),
    wordsPerSecond: (words - schedule.wordsBefore(from)) / Math.max(seconds, 1e-9),
  }
}

/** The loss of a mean centre; 0 where there was none. */
export function meanLoss(loss: number, centres: number): number {
  return centres === 0 ? 0 : loss / centres
}

function noteOf({ loss, learningRate }: Stretch): string {
  return `loss ${loss.toFixed(4)}, learning rate ${learningRate.toPrecision(3)}`
}

async function areFinite(engine: Engine, shape: WeightShape): Promise<boolean> {
  for (const matrix of ['input', 'output'] as const) {
    for await (const { values } of blocksOf(engine, matrix, shape)) {
      let sum = 0
      for (let i = 0; i < values.length; i++) sum += values[i] * 0
      if (sum !== 0) return false
    }
  }
  return true
}

/** The error of a run whose numbers are no longer finite before a chunk. */
function divergence(schedule: Schedule, chunk: number, good: { file: string; words: number } | undefined): UserError {
  const last = good ? `the last good checkpoint, after ${good.words} words, is ${good.file}` : 'no checkpoint was saved'
  return new UserError(
    `training diverged within the first ${schedule.wordsBefore(chunk)} of ${schedule.totalWords} words ` +
      `(numbers are no longer finite); ${last}; lower --learning-rate, now ${schedule.learningRate}`,
  )
}

function interrupted(schedule: Schedule, { chunk }: RunState, saved: string | undefined): InterruptedError {
  const where = `interrupted after ${schedule.wordsBefore(chunk)} of ${schedule.totalWords} words`
  if (saved === undefined) return new InterruptedError(`${where}; nothing is saved, since no output folder was named`)
  return new InterruptedError(`${where}; ${saved} is saved, --resume goes on from there`)
}
