import { ensureWritable } from '../base/atomic-files.js'
import { refuseOtherFile } from '../base/own-file.js'

/** What every page names as its generator, by which it is known again. */
export const GENERATOR = 'cbow-adversarial'

/** What the picture of the demonstration is called for those who cannot see it; it is known again by that. */
export const DEMONSTRATION = 'The components of three variables over the iterations, with stopGradient and without'

/**
 * Refuses, before the work that it will show, a report that could not be written.
 * @param force lets it be written over what is no report
 * @throws UserError that names the file
 */
export async function ensureReportWritable(path: string, force: boolean): Promise<void> {
  await ensureWritable(path)
  if (force) return
  await refuseOtherFile(path, 'a report', (beginning) => beginning.includes(`name="generator" content="${GENERATOR}"`))
}

/**
 * Refuses to write the demonstration's picture over anything but one.
 * @throws UserError that names the file
 */
export function refuseOtherThanDemonstration(path: string): Promise<void> {
  return refuseOtherFile(path, 'the demonstration', (beginning) => beginning.includes(`aria-label="${DEMONSTRATION}"`))
}
