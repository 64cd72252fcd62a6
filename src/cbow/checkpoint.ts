import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { UserError } from '../base/errors.js'
import { sha256OfArrays } from '../base/hash.js'
import { readSafetensors, writeSafetensors } from '../base/safetensors.js'
import { CbowSettings } from './cbow-options.js'
import type { EngineWeights } from './engines/engine.js'
import { CHUNK_WORDS } from './schedule.js'

export const CHECKPOINT_FILE = 'checkpoint.safetensors'

const State = z.object({
  settings: CbowSettings,
  engine: z.string(),
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

/**
 * Writes a checkpoint: one file, tensors and state together, so that the two cannot come apart; the one before stays
 * until this one is whole.
 */
export async function saveCheckpoint(directory: string, { weights, ...state }: Checkpoint): Promise<void> {
  const shape = [weights.input.length / state.settings.dimensions, state.settings.dimensions]
  const json = JSON.stringify({ ...state, chunkWords: CHUNK_WORDS, weightsSha256: hashOf(weights) })
  const tensors = new Map([
    ['input_embeddings', { values: weights.input, shape }],
    ['output_embeddings', { values: weights.output, shape }],
  ])
  await writeSafetensors(join(directory, CHECKPOINT_FILE), tensors, { checkpoint: json })
}

/**
 * Reads a checkpoint.
 * @throws UserError when it is damaged
 */
export async function loadCheckpoint(directory: string): Promise<Checkpoint> {
  const file = join(directory, CHECKPOINT_FILE)
  const damaged = (why: string) => new UserError(`${file}: ${why}; begin anew with --force, without --resume`)
  const { tensors, metadata } = await readSafetensors(file)
  const state = State.safeParse(parsed(metadata?.checkpoint))
  if (!state.success) throw damaged('not a checkpoint of this version')
  const { chunkWords, weightsSha256, ...rest } = state.data
  if (chunkWords !== CHUNK_WORDS) throw damaged('of a version that divided the corpus otherwise')
  const input = tensors.get('input_embeddings')?.values
  const output = tensors.get('output_embeddings')?.values
  if (!input || !output || hashOf({ input, output }) !== weightsSha256) throw damaged('its weights were changed')
  return { ...rest, weights: { input, output } }
}

/** Removes the checkpoint, if there is one: the run is finished, or begins anew. */
export async function removeCheckpoint(directory: string): Promise<void> {
  await rm(join(directory, CHECKPOINT_FILE), { force: true })
  await rm(join(directory, `${CHECKPOINT_FILE}.partial`), { force: true })
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
