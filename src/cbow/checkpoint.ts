import { createHash } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { errorCode, fileError, UserError } from '../base/errors.js'
import { type Progress, SILENT } from '../base/progress.js'
import { SafetensorsFile, type TensorData, type TensorPieces, writeSafetensors } from '../base/safetensors.js'
import { CbowSettings } from './cbow-options.js'
import type { Slots } from './optimizer.js'
import { CHUNK_WORDS } from './schedule.js'
import { blocksOf, type Matrix, type WeightRows, type WeightShape } from './weight-rows.js'

/** A run's newest checkpoint, the one before it, and the name under which the next one is written. */
export const CHECKPOINT_FILES = {
  newest: 'checkpoint.safetensors',
  before: 'checkpoint-before.safetensors',
  next: 'checkpoint-next.safetensors',
} as const

const State = z.object({
  settings: CbowSettings,
  engine: z.string(),
  /** Several threads, or a GPU, trained reproducibly: what follows differs from one thread's, and from what runs free. */
  lockstep: z.boolean(),
  corpusSha256: z.string(),
  chunkWords: z.number(),
  /** Names of the optimiser's slots. */
  slotNames: z.array(z.string()).default([]),
  /** The chunk to train next. */
  chunk: z.int(),
  /** Loss and centres of the epoch under way, up to there. */
  loss: z.number(),
  centres: z.number(),
  weightsSha256: z.string(),
})

const MATRICES: readonly Matrix[] = ['input', 'output']
const TENSORS: Record<Matrix, string> = { input: 'input_embeddings', output: 'output_embeddings' }

/** Where a run stands, all of it: what follows is the same as if it had never stopped. */
export interface Checkpoint extends Omit<z.infer<typeof State>, 'chunkWords' | 'slotNames' | 'weightsSha256'> {
  /** V rows each. */
  readonly weights: WeightRows
  readonly slots: Slots
  readonly words: number
}

/** A checkpoint, and where it was found. Its rows are read from the file, which is to be closed thereafter. */
export interface FoundCheckpoint extends Checkpoint {
  readonly file: string
  close(): Promise<void>
}

/**
 * Writes a checkpoint: one file, tensors and state together, so that the two cannot come apart. It takes the newest
 * one's name when it is whole, and that one stays as the one before: at any instant at least one of the three is whole.
 */
export async function saveCheckpoint(
  directory: string,
  { weights, slots, words, ...state }: Checkpoint,
): Promise<void> {
  const path = pathsOf(directory)
  const shape = { words, dimensions: state.settings.dimensions }
  const json = JSON.stringify({
    ...state,
    chunkWords: CHUNK_WORDS,
    slotNames: [...slots.keys()],
    weightsSha256: await hashOf(weights, slots, shape),
  })
  const tensor = (matrix: Matrix) => ({
    shape: [words, shape.dimensions],
    async *pieces() {
      for await (const { values } of blocksOf(weights, matrix, shape)) yield values
    },
  })
  const tensors = new Map<string, TensorData | TensorPieces>(
    MATRICES.map((matrix) => [TENSORS[matrix], tensor(matrix)]),
  )
  for (const [name, values] of slots) tensors.set(name, { values, shape: [values.length] })
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
    return checkpoint
  }
  if (damaged === undefined) return undefined
  throw new UserError(
    `${damaged}: cut short, changed or of another version, and no whole one stands before it; ` +
      'begin anew with --force, without --resume',
  )
}

async function readCheckpoint(file: string): Promise<FoundCheckpoint | 'absent' | 'damaged'> {
  let found: SafetensorsFile
  try {
    found = await SafetensorsFile.open(file)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    if (error.cause === undefined) return 'damaged'
    if (errorCode(error.cause) === 'ENOENT') return 'absent'
    throw error
  }
  try {
    const checkpoint = await checkpointIn(found)
    if (checkpoint === undefined) await found.close()
    return checkpoint ?? 'damaged'
  } catch (error) {
    await found.close()
    throw error
  }
}

/** What a whole file of this version holds, its weights checked against their hash. */
async function checkpointIn(file: SafetensorsFile): Promise<FoundCheckpoint | undefined> {
  const state = State.safeParse(parsed(file.metadata.checkpoint))
  if (!state.success) return undefined
  const { chunkWords, slotNames, weightsSha256, ...rest } = state.data
  const { dimensions } = rest.settings
  const [input, output] = MATRICES.map((matrix) => file.shapes.get(TENSORS[matrix]))
  if (chunkWords !== CHUNK_WORDS || input?.[1] !== dimensions || input.join() !== output?.join()) return undefined
  const weights: WeightRows = {
    readRows: (matrix, first, into) => file.read(TENSORS[matrix], first * dimensions, into),
  }
  const [words] = input
  const slots = new Map<string, Float32Array>()
  for (const name of slotNames) {
    const [length] = file.shapes.get(name) ?? []
    if (length === undefined) return undefined
    const values = new Float32Array(length)
    await file.read(name, 0, values)
    slots.set(name, values)
  }
  if ((await hashOf(weights, slots, { words, dimensions })) !== weightsSha256) return undefined
  return { ...rest, weights, slots, words, file: file.path, close: () => file.close() }
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

async function hashOf(weights: WeightRows, slots: Slots, shape: WeightShape): Promise<string> {
  const hash = createHash('sha256')
  for (const matrix of MATRICES) {
    hash.update(`${matrix}:${shape.words}:${shape.dimensions}:`)
    for await (const { values } of blocksOf(weights, matrix, shape)) hash.update(values)
  }
  for (const [name, values] of slots) hash.update(`${name}:${values.length}:`).update(values)
  return hash.digest('hex')
}

function parsed(json: string | undefined): unknown {
  try {
    return JSON.parse(json ?? '')
  } catch {
    return undefined
  }
}
