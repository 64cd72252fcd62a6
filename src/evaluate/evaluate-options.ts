import { z } from 'zod'
import { GoalOptions } from './goal.js'

/** What the rows are judged for; where nothing is said, what `FILE.summary.json` says. */
export const EvaluateOptions = GoalOptions.extend({
  goal: GoalOptions.shape.goal.describe("what the rows were attacked for (the summary's)"),
  target: GoalOptions.shape.target.describe("the label that was to be reached (the summary's)"),
  against: GoalOptions.shape.against.describe("which label was under attack (the summary's)"),
  batchSize: z.int().min(1).max(65536).default(32).describe('rows judged together; no effect on the result'),
})
export type EvaluateOptions = z.input<typeof EvaluateOptions>
