import { UserError } from '../../base/errors.js'
import { holdsSomething, partialPath } from './standing-files.js'

/** The summary of a finished run: how it is read, and what in it is not as this run has it. */
export interface FinishedSummary<Summary> {
  /** Undefined where none stands beside the rows. */
  read(): Promise<Summary | undefined>
  /** As a person set it: `--max-words`. */
  differing(summary: Summary): Promise<string | undefined>
}

/**
 * The summary of what stands finished at `output`, where the very same run is to be gone on with; undefined where
 * nothing stands there, or an interrupted run stands beside it that was begun over it.
 * @param rows what they are, for errors: `results`
 * @throws UserError where they may not be written over: they are finished, and not those of this run gone on with
 */
export async function finishedRun<Summary>(
  output: string,
  rows: string,
  resume: boolean,
  { read, differing }: FinishedSummary<Summary>,
): Promise<Summary | undefined> {
  if (!(await holdsSomething(output)) || (await holdsSomething(partialPath(output)))) return undefined
  const advice = 'name another file, or write over them with --force'
  if (!resume) throw new UserError(`${output}: holds finished ${rows}; ${advice}`)
  const summary = await read()
  if (summary === undefined) throw new UserError(`${output}: holds finished ${rows} without their summary; ${advice}`)
  const other = await differing(summary)
  if (other !== undefined) throw new UserError(`${output}: holds finished ${rows} of another ${other}; ${advice}`)
  return summary
}
