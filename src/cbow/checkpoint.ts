import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { errorCode, fileError, UserError } from '../base/errors.js'
import { sha256OfArrays } from '../base/hash.js'
import { type Progress, SILENT } from '../base/progress.js'
import { readSafetensors, type Safetensors, writeSafetensors } from '../base/safetensors.js'
import { CbowSettings } from './cbow-options.js'
import type { EngineWeights } from './engines/engine.js'
import { CHUNK_WORDS } from './schedule.js'

/** A run's newest checkpoint, the one before it, and the name under which the next one is written. */
export const CHECKPOINT_FILES = {
  newest: 'checkpoint.safetensors',
  before: 'checkpoint-before.safetensors',
  next: 'checkpoint-next.safetensors',
} as const

const State = z.object({
  settings: CbowSettings,
  engine: z.string(),
  /** Several threads trained reproducibly: what follows differs from one thread's, and from threads that run free. */
  lockstep: z.boolean(),
  corpusSha256: z.string(),
  chunkWords: z.number(),
  /** The chunk to train next. */
  chunk: z.int(),
  /** Loss and centres of the epoch under way, up to there. */
  loss: z.number(),
  centres: z.number(),
  weightsSha256: z.string(),
})

/** Where a run stands, all of it: what follows is the same as if it had never stopped. */
export interface Checkpoint extends Omit<z.infer<typeof State>, 'chunkWords' | 'weightsSha256'> {
  readonly weights: EngineWeights
}

/** A checkpoint, and where it was found. */
export interface FoundCheckpoint extends Checkpoint {
  readonly file: string
}

/**
 * Writes a checkpoint: one file, tensors and state together, so that the two cannot come apart. It takes the newest
 * one's name when it is whole, and that one stays as the one before: at any instant at least one of the three is whole.
 */
export async function saveCheckpoint(directory: string, { weights, ...state }: Checkpoint): Promise<void> {
  const path = pathsOf(directory)
  const shape = [weights.input.length / state.settings.dimensions, state.settings.dimensions]
  const json = JSON.stringify({ ...state, chunkWords: CHUNK_WORDS, weightsSha256: hashOf(weights) })
  const tensors = new Map([
    ['input_embeddings', { values: weights.input, shape }],
    ['output_embeddings', { values: weights.output, shape }],
  ])
  await writeSafetensors(path.next, tensors, { checkpoint: json })
  try {
    await rename(path.newest, path.before).catch((error: unknown) => {
      if (errorCode(error) !== 'ENOENT') throw error
    })
    await rename(path.next, path.newest)
  } catch (error) {
    throw fileError(error, path.newest)
  }
}

/**
 * Reads the newest checkpoint that is whole: where the last one was cut short or changed, the one before it.
 * @returns undefined where there is none at all
 * @throws UserError when those that are there are damaged, or cannot be read
 */
export async function loadCheckpoint(
  directory: string,
  progress: Progress = SILENT,
): Promise<FoundCheckpoint | undefined> {
  const path = pathsOf(directory)
  let damaged: string | undefined
  // The next one stands in for the newest where a run was killed between the two renames.
  for (const file of [path.newest, path.next, path.before]) {
    const checkpoint = await readCheckpoint(file)
    if (checkpoint === 'absent') continue
    if (checkpoint === 'damaged') {
      damaged ??= file
      continue
    }
    if (damaged) progress.note(`${damaged}: cut short or changed; the checkpoint before it is taken`)
    return { ...checkpoint, file }
  }
  if (damaged === undefined) return undefined
  throw new UserError(
    `${damaged}: cut short, changed or of another version, and no whole one stands before it; ` +
      'begin anew with --force, without --resume',
  )
}

async function readCheckpoint(file: string): Promise<Checkpoint | 'absent' | 'damaged'> {
  let found: Safetensors
  try {
    found = await readSafetensors(file)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    if (error.cause === undefined) return 'damaged'
    if (errorCode(error.cause) === 'ENOENT') return 'absent'
    throw error
  }
  const state = State.safeParse(parsed(found.metadata.checkpoint))
  const input = found.tensors.get('input_embeddings')?.values
  const output = found.tensors.get('output_embeddings')?.values
  if (!state.success || !input || !output) return 'damaged'
  const { chunkWords, weightsSha256, ...rest } = state.data
  if (chunkWords !== CHUNK_WORDS || hashOf({ input, output }) !== weightsSha256) return 'damaged'
  return { ...rest, weights: { input, output } }
}

/** Removes the checkpoints, if there are any: the run is finished. */
export async function removeCheckpoints(directory: string): Promise<void> {
  const { newest, next, before } = pathsOf(directory)
  // The newest goes last: as long as one is there it is the newest.
  for (const file of [`${next}.partial`, next, before, newest]) await rm(file, { force: true })
}

function pathsOf(directory: string) {
  return {
    newest: join(directory, CHECKPOINT_FILES.newest),
    before: join(directory, CHECKPOINT_FILES.before),
    next: join(directory, CHECKPOINT_FILES.next),
  }
}

function hashOf({ input, output }: EngineWeights): string {
  return sha256OfArrays(new Map(Object.entries({ input, output })))
}

function parsed(json: string | undefined): unknown {
  try {
    return JSON.parse(json ?? '')
  } catch {
    return undefined
  }
}
