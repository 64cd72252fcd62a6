import { z } from 'zod'
import { hasSummary, readSummaryOf } from './files/summary-file.js'
import { Share, Statistics } from './statistics/statistics.js'

/** One epsilon of the curve accuracy against epsilon. */
export const CurvePoint = z.object({
  epsilon: z.number(),
  /** Attacked rows flipped within this epsilon. */
  flips: z.int(),
  successRate: Share.shape.share,
  interval: Share.shape.interval,
  /** Rows with a ground truth that are still right; skipped ones count as they were. */
  accuracy: Share,
  /** Attacked rows whose exact minimal norm is at most epsilon: what the best attack flips. Null where unknown. */
  exact: Share.nullable(),
})
export type CurvePoint = z.output<typeof CurvePoint>

/** What stands in `FILE.summary.json`: how the rows were made, what they say together, and the proof of reading only. */
export const AttackSummary = Statistics.extend({
  attack: z.object({
    name: z.string(),
    kind: z.enum(['continuous', 'words']),
    options: z.record(z.string(), z.unknown()),
  }),
  goal: z.enum(['untargeted', 'targeted']),
  /** Name of the label to reach. */
  target: z.string().nullable(),
  against: z.enum(['prediction', 'truth']),
  seed: z.int(),
  batchSize: z.int(),
  limit: z.int().nullable(),
  /** Forward passes that the attack might spend on one row; null for as many as it wanted. */
  queries: z.int().nullable(),
  /** How many threads attacked. */
  workers: z.int(),
  /** Whether perturbations were brought back to the nearest words before they were judged. */
  snap: z.boolean(),
  /** The rows' file as it was named. */
  source: z.string().nullable(),
  victim: z.object({
    kind: z.string(),
    /** K, V and D. */
    labels: z.int(),
    vocabulary: z.int(),
    dimensions: z.int(),
    /** The model's folder as it was named, and the SHA-256 of its tensors' file. */
    folder: z.string().nullable(),
    sha256: z.string().nullable(),
  }),
  /** SHA-256 over every parameter before and after the run: equal, or the run fails. */
  readOnlyProof: z.object({ before: z.string(), after: z.string() }),
  /**
   * Candidates the attack dropped since the text as written would not have read back as the attacked words; null for a
   * run that was resumed, since no row says what was dropped for it.
   */
  rejectedCandidates: z.int().nullable(),
  /** Rows flipped before perturbations were brought back to words; null where that was not asked for. */
  flipsBeforeSnap: z.int().nullable(),
  /** By rising epsilon. */
  curve: z.array(CurvePoint),
  /** What `--engine` calls it; absent from summaries of earlier versions. */
  engine: z.string().nullish(),
  /** What computed gradients: `cuda`; or TensorFlow.js's `native`, `wasm`, `cpu`, or a backend of the caller's own. */
  backend: z.string().nullable(),
  /** The GPU of engine cuda. */
  gpu: z.string().optional(),
  /** Of TensorFlow's library, where that computed. */
  tensorflowVersion: z.string().optional(),
  versions: z.record(z.string(), z.string()),
})
export type AttackSummary = z.output<typeof AttackSummary>

/**
 * Reads `RESULT_FILE.summary.json`.
 * @throws UserError when it is missing, cut, or not a summary
 */
export function readSummary(resultFile: string): Promise<AttackSummary> {
  return readSummaryOf(AttackSummary, resultFile, 'generate-adversarial')
}

/** The same; undefined where there is none. */
export async function readSummaryIfThere(resultFile: string): Promise<AttackSummary | undefined> {
  return (await hasSummary(resultFile)) ? readSummary(resultFile) : undefined
}
