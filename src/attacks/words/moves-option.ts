import { z } from 'zod'
import { MOVES } from '../../gradient/edit.js'

/** What may be done to words, for attacks that can do more than swap them. */
export const movesOption = z
  .array(z.enum(MOVES))
  .min(1)
  .default(['substitute'])
  .describe('what it may do to words: substitute, insert, delete; nothing exact is known but for substitute alone')
