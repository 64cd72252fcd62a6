import { z } from 'zod'
import { hasSummary, readSummaryOf } from './files/summary-file.js'
import { ReadGradientsOptions } from './read-gradients-options.js'
import { AttackSummary } from './summary.js'

const { objective, saliency, scalar, steps, saveGradients } = ReadGradientsOptions.shape
const { limit, source, readOnlyProof, engine, backend, tensorflowVersion, gpu, versions } = AttackSummary.shape

/** What stands in `FILE.summary.json` of `read-gradients`: how the rows were read, and the proof of reading only. */
export const ReadGradientsSummary = z.object({
  rows: z.int().nonnegative(),
  /** Rows without a known word: nothing is read of them. */
  skipped: z.int().nonnegative(),
  /** What the rows depend on besides the model. */
  settings: z.object({
    objective: objective.unwrap(),
    saliency: saliency.unwrap(),
    scalar: scalar.unwrap(),
    steps: steps.unwrap(),
    saveGradients: saveGradients.unwrap(),
    limit,
    source,
  }),
  readOnlyProof,
  engine,
  backend,
  tensorflowVersion,
  gpu,
  versions,
})
export type ReadGradientsSummary = z.output<typeof ReadGradientsSummary>

/**
 * Reads `FILE.summary.json` of gradients; undefined where there is none.
 * @throws UserError when it is cut, or another summary
 */
export async function readGradientsSummaryIfThere(file: string): Promise<ReadGradientsSummary | undefined> {
  return (await hasSummary(file)) ? readSummaryOf(ReadGradientsSummary, file, 'read-gradients') : undefined
}
