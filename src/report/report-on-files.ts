import { readResults } from '../evaluate/result-file.js'
import { readSummary } from '../evaluate/summary.js'
import type { Victim } from '../gradient/victim.js'
import { type CollectReportOptions, collectReport } from './collect-report.js'
import { renderReport } from './render-report.js'

/**
 * The report, as HTML, on result files that have their `FILE.summary.json` beside them. With the victim that they were
 * made against, examples show what the gradient says of each word.
 * @throws UserError when a file or its summary is missing or is no such file
 */
export async function reportOnFiles(
  files: readonly string[],
  victim?: Victim,
  options: CollectReportOptions = {},
): Promise<string> {
  const sources = []
  for (const file of files) sources.push({ summary: await readSummary(file), results: readResults(file) })
  return renderReport(await collectReport(sources, victim, options))
}
