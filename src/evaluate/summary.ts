import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { writeFileAtomically } from '../base/atomic-files.js'
import { fileError, UserError } from '../base/errors.js'
import { holdsSomething } from './standing-files.js'
import { Share, Statistics } from './statistics.js'

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

/** Where the summary of a result file stands. */
export function summaryPath(resultFile: string): string {
  return `${resultFile}.summary.json`
}

/** What every summary begins with, by which it is known again. */
export const SUMMARY_BEGINNING = '{\n  "rows": '

/** Writes `RESULT_FILE.summary.json`; it appears whole or not at all. */
export async function writeSummary(resultFile: string, summary: AttackSummary): Promise<void> {
  await writeFileAtomically(summaryPath(resultFile), `${JSON.stringify(summary, null, 2)}\n`)
}

/**
 * Reads `RESULT_FILE.summary.json`.
 * @throws UserError when it is missing, cut, or not a summary
 */
export async function readSummary(resultFile: string): Promise<AttackSummary> {
  const path = summaryPath(resultFile)
  const text = await readFile(path, 'utf8').catch((error) => {
    throw fileError(error, path)
  })
  const parsed = AttackSummary.safeParse(parseJson(text, path))
  if (parsed.success) return parsed.data
  const [{ path: field, message }] = parsed.error.issues
  throw new UserError(`${path}: ${field.join('.')}: ${message}; make it again with generate-adversarial`)
}

/** The same; undefined where there is none. */
export async function readSummaryIfThere(resultFile: string): Promise<AttackSummary | undefined> {
  return (await holdsSomething(summaryPath(resultFile))) ? readSummary(resultFile) : undefined
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UserError(`${path}: not JSON; make it again with generate-adversarial`, { cause: error })
  }
}
