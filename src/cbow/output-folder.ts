import { readdir } from 'node:fs/promises'
import { errorCode, fileError, UserError } from '../base/errors.js'
import { MODEL_FILES, readModelKind } from '../embeddings/model-folder.js'
import { CHECKPOINT_FILES } from './checkpoint.js'
import { CURVE_FILE } from './training-curve.js'

/**
 * What an output folder holds: nothing; an unfinished run; a finished CBOW model; a run that was killed while it wrote
 * its model; something else.
 */
export type OutputState = 'empty' | 'checkpoint' | 'finished' | 'cut-short' | 'other'

const CHECKPOINTS: readonly string[] = Object.values(CHECKPOINT_FILES)
const OURS = [...Object.values(MODEL_FILES), CURVE_FILE, ...CHECKPOINTS].flatMap((name) => [name, `${name}.partial`])
/** What a run may leave that was killed before its first checkpoint was whole. */
const REMAINS = [`${CURVE_FILE}.partial`, `${CHECKPOINT_FILES.next}.partial`]

/** Looks into an output folder, which need not exist. */
export async function outputState(directory: string): Promise<OutputState> {
  const names: string[] = await readdir(directory).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return []
    if (errorCode(error) === 'ENOTDIR') throw new UserError(`${directory}: is a file, a folder is needed`)
    throw fileError(error, directory)
  })
  // Before the model: a checkpoint beside a finished one is of a later run, begun with --force.
  if (names.some((name) => CHECKPOINTS.includes(name))) return 'checkpoint'
  if (names.includes(MODEL_FILES.model)) {
    const kind = await readModelKind(directory).catch(() => 'damaged')
    return kind === 'cbow' ? 'finished' : 'other'
  }
  if (names.some((name) => !OURS.includes(name))) return 'other'
  return names.every((name) => REMAINS.includes(name)) ? 'empty' : 'cut-short'
}

/**
 * Refuses to write over what nobody said may be lost.
 * @throws UserError saying what the folder holds
 */
export function requireMayWrite(
  directory: string,
  state: OutputState,
  { resume, force }: { resume: boolean; force: boolean },
): void {
  if (force || state === 'empty' || (resume && state !== 'other')) return
  if (state === 'checkpoint') {
    throw new UserError(`${directory}: holds an unfinished run; go on with --resume, or begin anew with --force`)
  }
  if (state === 'finished') {
    throw new UserError(`${directory}: holds a finished model; name another folder, or write over it with --force`)
  }
  throw new UserError(`${directory}: holds something else; name another folder, or write into it with --force`)
}
