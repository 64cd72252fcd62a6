import type { EvaluationReport } from '../evaluate/evaluate.js'
import { readResults } from '../evaluate/result-file.js'
import { readSummary } from '../evaluate/summary.js'
import type { Victim } from '../gradient/victim.js'
import { type CollectReportOptions, collectReport } from './collect-report.js'
import { renderReport } from './render-report.js'

export interface ReportOnFilesOptions extends CollectReportOptions {
  /** What `evaluate` found of each file, in the same order. */
  readonly judged?: readonly EvaluationReport[]
}

/**
 * The report, as HTML, on result files that have their `FILE.summary.json` beside them. With the victim that they were
 * made against, examples show what the gradient says of each word.
 * @throws UserError when a file or its summary is missing or is no such file
 */
export async function reportOnFiles(
  files: readonly string[],
  victim?: Victim,
  { judged = [], ...options }: ReportOnFilesOptions = {},
): Promise<string> {
  const sources = []
  for (const [i, file] of files.entries()) {
    sources.push({ summary: await readSummary(file), results: readResults(file), judged: judged[i] })
  }
  return renderReport(await collectReport(sources, victim, options))
}
