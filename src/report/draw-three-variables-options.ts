import { z } from 'zod'
import { MAX_SEED } from '../base/random.js'

/** Every field is a flag of `stop-gradient-demo` as well. */
export const DrawThreeVariablesOptions = z.strictObject({
  iterations: z.int().min(1).max(1_000_000).default(400).describe('steps of gradient descent'),
  seed: z.int().min(0).max(MAX_SEED).default(1).describe('key of all random draws'),
  force: z.boolean().default(false).describe('write over a file that holds something else'),
})
export type DrawThreeVariablesOptions = z.input<typeof DrawThreeVariablesOptions>
