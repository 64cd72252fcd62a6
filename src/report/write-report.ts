import { basename } from 'node:path'
import { writeFileAtomically } from '../base/atomic-files.js'
import type { EvaluationReport } from '../evaluate/evaluate.js'
import { readResults } from '../evaluate/files/result-file.js'
import { readSummary } from '../evaluate/summary.js'
import type { Victim } from '../gradient/victim.js'
import { type CollectReportOptions, collectReport } from './collect-report.js'
import { ensureReportWritable } from './own-output.js'
import { renderReport } from './render-report.js'
import type { TransferTable } from './report-input.js'

/** What a report shows besides its files, and what it may be written over. */
export interface WriteReportOptions extends Omit<CollectReportOptions, 'transfer'> {
  /** The victim that the rows were made against: examples then show what the gradient says of each word. */
  readonly victim?: Victim
  /** What `evaluate` found of each file, in the same order: it stands in place of what the files say. */
  readonly judged?: readonly EvaluationReport[]
  /** Writes over what is no report. */
  readonly force?: boolean
}

/**
 * Writes the report, one HTML file that opens offline, on result files that have their `FILE.summary.json` beside them.
 * @throws UserError when a file or its summary is missing or is no such file, or where the page cannot be written
 */
export async function writeReport(
  output: string,
  files: readonly string[],
  { victim, judged = [], force = false, ...options }: WriteReportOptions = {},
): Promise<void> {
  await ensureReportWritable(output, force)
  const sources = []
  for (const [i, file] of files.entries()) {
    sources.push({ summary: await readSummary(file), results: readResults(file), judged: judged[i] })
  }
  const input = await collectReport(sources, victim, { ...options, transfer: transferOf(judged) })
  await writeFileAtomically(output, await renderReport(input))
}

/** The transfer of judged files as a table; undefined where no other victim was asked. */
function transferOf(judged: readonly EvaluationReport[]): TransferTable | undefined {
  const victims = judged[0]?.transfer.map(({ victim }) => victim) ?? []
  if (victims.length === 0) return undefined
  return {
    victims,
    rows: judged.map(({ file, transfer }) => ({
      attack: file === null ? 'results' : basename(file),
      flips: transfer.map(({ flips }) => flips),
    })),
  }
}
