import { join } from 'node:path'
import { ensureOutputFolder } from '../base/atomic-files.js'
import { UserError } from '../base/errors.js'
import type { Progress } from '../base/progress.js'
import { MODEL_FILES } from '../embeddings/model-folder.js'
import { flagOf } from '../text/flag-of.js'
import { type CbowModel, loadCbowModel } from './cbow-model.js'
import { CbowSettings, type EngineName } from './cbow-options.js'
import { type FoundCheckpoint, loadCheckpoint } from './checkpoint.js'
import { outputState, requireMayWrite } from './output-folder.js'

/** A run that is about to begin, or to go on. */
export interface RunRequest {
  readonly settings: CbowSettings
  readonly engine: EngineName
  /** Whether several threads, or a GPU, train reproducibly. */
  readonly lockstep: boolean
  readonly reproducible: boolean
  readonly resume: boolean
  readonly force: boolean
}

/**
 * What the output folder already holds of this very run: the finished model, a checkpoint to go on from, or nothing.
 * Makes the folder where there is none.
 * @throws UserError when it holds what may not be written over, or a run with other settings
 */
export async function earlierRun(
  output: string,
  run: RunRequest,
  progress: Progress,
): Promise<CbowModel | FoundCheckpoint | undefined> {
  const found = await outputState(output)
  requireMayWrite(output, found, run)
  await ensureOutputFolder(output)
  if (!run.resume) return undefined
  if (found === 'finished') {
    const model = await loadCbowModel(output)
    requireSameSettings(join(output, MODEL_FILES.model), model.settings, run.settings)
    progress.note(`${output}: training is finished already`)
    return model
  }
  const loaded = await loadCheckpoint(output, progress)
  if (loaded) {
    try {
      requireSameSettings(loaded.file, loaded.settings, run.settings)
      if (!takesOver(run, loaded)) requireSame(output, '--engine', loaded.engine, run.engine)
      requireSame(output, '--reproducible on several threads or a GPU', yesOrNo(loaded.lockstep), yesOrNo(run.lockstep))
    } catch (error) {
      await loaded.close()
      throw error
    }
    const by = loaded.engine === run.engine ? '' : `, which engine ${loaded.engine} has made`
    progress.note(`${output}: going on from its checkpoint${by}`)
    return loaded
  }
  progress.note(`${output}: no checkpoint yet, training from the beginning`)
  return undefined
}

/** What a GPU has begun may end on the CPU, since its bytes are no other run's anyway. */
function takesOver({ engine, reproducible }: RunRequest, before: FoundCheckpoint): boolean {
  return before.engine === 'cuda' && engine === 'wasm' && !before.lockstep && !reproducible
}

/**
 * Refuses to go on with what was begun otherwise.
 * @param file what holds the earlier settings
 * @throws UserError naming the settings that differ
 */
function requireSameSettings(file: string, before: CbowSettings, now: CbowSettings): void {
  const differing = CbowSettings.keyof().options.filter((name) => textOf(before[name]) !== textOf(now[name]))
  if (differing.length === 0) return
  const begun = differing.map((name) => `${flagOf(name)} ${textOf(before[name])}`).join(' and ')
  const wanted = differing.map((name) => textOf(now[name])).join(' and ')
  throw new UserError(
    `${file}: begun with ${begun}, now ${wanted}; resume with the same settings, or begin anew with --force`,
  )
}

const textOf = (setting: unknown) => (setting === undefined ? 'unset' : String(setting))

function requireSame(output: string, what: string, before: string, now: string): void {
  if (before === now) return
  throw new UserError(
    `${output}: begun with ${what} ${before}, now ${now}; resume with the same, or begin anew with --force`,
  )
}

const yesOrNo = (value: boolean) => (value ? 'yes' : 'no')
