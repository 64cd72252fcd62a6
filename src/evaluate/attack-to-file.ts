import { getBackend } from '@tensorflow/tfjs-core'
import type { Attack } from '../attacks/attack.js'
import { InterruptedError } from '../base/errors.js'
import { SILENT } from '../base/progress.js'
import { versionsInUse } from '../base/versions.js'
import { hashState, stateOf } from '../gradient/proof.js'
import type { Victim } from '../gradient/victim.js'
import { type GenerateContext, generateAdversarial, type InputRow } from './generate-adversarial.js'
import { GenerateOptions } from './generate-options.js'
import { PerturbationWriter, removeShards } from './perturbation-shards.js'
import { ResultWriter } from './result-writer.js'
import { type AttackSummary, writeSummary } from './summary.js'

export interface AttackToFileOptions extends Omit<GenerateContext, 'resume' | 'perturbations'> {
  /** Goes on with what an interrupted run left, if anything; and leaves what there is when this one fails. */
  readonly resume?: boolean
  /** Overwrites a file that holds something else than results. */
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
 * @throws as `generateAdversarial`, and UserError when a file cannot be written or resumed
 */
export async function attackToFile(
  victim: Victim,
  attack: Attack,
  rows: Iterable<InputRow> | AsyncIterable<InputRow>,
  output: string,
  options: GenerateOptions & AttackToFileOptions = {},
): Promise<AttackSummary> {
  const { resume = false, force, savePerturbations = false, progress = SILENT, total } = options
  const settings = { ...settingsThatMatter(victim, attack, options), savePerturbations }
  const writer = await ResultWriter.open(output, { settings, resume, force })
  const perturbations = savePerturbations
    ? await PerturbationWriter.open(output, { resume: writer.kept > 0 })
    : undefined
  let done = writer.kept
  let flips = 0
  progress.start(`attacking with ${attack.name}`, total, 'rows')
  try {
    const results = generateAdversarial(victim, attack, rows, { ...options, resume: writer.earlier(), perturbations })
    for (;;) {
      const next = await results.next()
      if (next.done) {
        await (perturbations === undefined ? removeShards(output) : perturbations.commit())
        await writeSummary(output, next.value)
        await writer.commit()
        return next.value
      }
      await writer.write(next.value)
      if (next.value.resultType === 'Successful') flips++
      progress.update(++done, `${flips} flips`)
    }
  } catch (error) {
    const worthKeeping = resume || error instanceof InterruptedError
    if (worthKeeping && done > 0) await writer.suspend()
    else {
      await writer.abandon()
      await perturbations?.abandon()
    }
    throw error
  } finally {
    progress.stop()
  }
}

/** What must be equal for a run to be gone on with: all that its rows depend on but the rows, which are compared. */
function settingsThatMatter(victim: Victim, attack: Attack, options: GenerateOptions) {
  const { limit, ...chosen } = GenerateOptions.parse(options)
  return {
    attack: attack.name,
    ...attack.options,
    ...chosen,
    version: versionsInUse()['cbow-adversarial'],
    backend: getBackend() ?? null,
    model: hashState(stateOf(victim)).total,
  }
}
