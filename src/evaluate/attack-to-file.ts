import type { Attack } from '../attacks/attack.js'
import { filesNamed } from '../attacks/words/word-options.js'
import { fileError, UserError } from '../base/errors.js'
import { sha256OfFile } from '../base/hash.js'
import { SILENT } from '../base/progress.js'
import { versionsInUse } from '../base/versions.js'
import { hashVictim } from '../gradient/proof.js'
import { backendInUse, ensureTensorBackend } from '../gradient/tensorflow.js'
import type { Victim } from '../gradient/victim.js'
import { parseOptions } from '../text/parse-options.js'
import { finishedResults } from './files/finished-results.js'
import { leaveRun } from './files/leave-run.js'
import { openResultWriter } from './files/result-writer.js'
import { writeSummary } from './files/summary-file.js'
import { removeInterruptedShards, removeShards, ShardWriter } from './files/tensor-shards.js'
import { type GenerateContext, generateAdversarial, type InputRow } from './generate-adversarial.js'
import { GenerateOptions, type GenerateSettings } from './generate-options.js'
import type { AttackSummary } from './summary.js'

/** How the files are written, and what the run is told besides its options. */
export interface AttackToFileOptions extends Omit<GenerateContext, 'resume' | 'perturbations'> {
  /**
   * Goes on with what an interrupted run left, if anything, and leaves what there is when this one fails. Where the
   * results are finished already, with these settings, nothing is done.
   */
  readonly resume?: boolean
  /** Writes over what stands there: finished results, an interrupted run, or something else. */
  readonly force?: boolean
  /** Saves the change of each row's embedded input beside the rows. */
  readonly savePerturbations?: boolean
  /** How many rows there will be, where it is known, for the progress. */
  readonly total?: number
}

/**
 * Attacks rows (`generateAdversarial`) and writes the results as CSV or JSONL, by the ending of `output`, with
 * `output.summary.json` beside them. All of it appears together at the end. A run that was killed at any moment and is
 * resumed gives the same bytes as one that was not (the column `seconds` aside).
 *
 * @returns what stands in the summary
 * @throws as `generateAdversarial`, and UserError when a file cannot be written or resumed, when what stands there may not
 *   be written over, or when perturbations are to be saved where there are none
 */
export async function attackToFile(
  victim: Victim,
  attack: Attack,
  rows: Iterable<InputRow> | AsyncIterable<InputRow>,
  output: string,
  options: GenerateOptions & AttackToFileOptions = {},
): Promise<AttackSummary> {
  const { resume = false, force = false, savePerturbations = false, total, ...rest } = options
  const { source, model, signal, progress = SILENT, ...asked } = rest
  const chosen = parseOptions(GenerateOptions, asked, 'attackToFile')
  await ensureTensorBackend()
  if (savePerturbations) refuseWithoutPerturbations(attack, chosen)
  if (!force) {
    const finished = await finishedResults(output, victim, attack, chosen, { source, savePerturbations, resume })
    if (finished !== undefined) {
      progress.note(`${output}: is finished, with these very settings`)
      return finished
    }
  }
  if (attack.kind === 'continuous' && !savePerturbations && !chosen.snap) progress.note(NOT_SAVED)
  const settings = { ...(await settingsThatMatter(victim, attack, chosen)), savePerturbations }
  const writer = await openResultWriter(output, { settings, resume, force })
  let perturbations: ShardWriter | undefined
  let done = writer.kept
  let flips = 0
  progress.start(`attacking with ${attack.name}`, total, 'rows')
  try {
    if (savePerturbations) perturbations = await ShardWriter.open(output, { resume: writer.kept > 0 })
    const context = { source, model, signal, progress, resume: writer.earlier(), perturbations }
    const results = generateAdversarial(victim, attack, rows, { ...chosen, ...context })
    const summary = await takeAll(results, async (result) => {
      await writer.write(result)
      if (result.resultType === 'Successful') flips++
      progress.update(++done, `${flips} flips`)
    })
    if (perturbations === undefined) {
      await removeShards(output)
      await removeInterruptedShards(output)
    } else await perturbations.commit()
    await writeSummary(output, summary)
    await writer.commit()
    return summary
  } catch (error) {
    return await leaveRun(error, output, done, resume, [writer, perturbations])
  } finally {
    progress.stop()
  }
}

/** Takes every item, and gives what the generator returns at its end. */
async function takeAll<T, R>(items: AsyncGenerator<T, R>, take: (item: T) => Promise<void>): Promise<R> {
  for (;;) {
    const next = await items.next()
    if (next.done) return next.value
    try {
      await take(next.value)
    } catch (error) {
      // Nobody reads on: the generator ends its threads and closes its rows. What is told is why the work failed.
      await items.throw(error).catch(() => {})
      throw error
    }
  }
}

const NOT_SAVED =
  'what is changed in the embedded input is not saved, so that nobody can judge these rows anew; --save-perturbations saves it'

function refuseWithoutPerturbations({ name, kind }: Attack, { snap }: GenerateSettings): void {
  const why = kind === 'words' ? `attack ${name} gives words` : snap ? 'snap makes words of perturbations' : undefined
  if (why !== undefined) throw new UserError(`${why}, there is nothing to save; leave --save-perturbations out`)
}

/** What must be equal for a run to be gone on with: all that its rows depend on but the rows, which are compared. */
async function settingsThatMatter(victim: Victim, attack: Attack, settings: GenerateSettings) {
  const { limit, workers, ...chosen } = settings
  return {
    attack: attack.name,
    ...attack.options,
    ...chosen,
    version: versionsInUse()['cbow-adversarial'],
    ...backendInUse(),
    files: await hashesOf(filesNamed(attack.options)),
    model: hashVictim(victim).total,
  }
}

/** What is in the files that options name: a path says nothing of it. */
async function hashesOf(files: ReadonlyMap<string, string>): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {}
  for (const [option, path] of files) {
    hashes[option] = await sha256OfFile(path).catch((error: unknown) => {
      throw fileError(error, path)
    })
  }
  return hashes
}
