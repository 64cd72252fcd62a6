import { z } from 'zod'

/** Where the texts and labels of rows stand. */
export const columnFlags = {
  textColumn: z.string().min(1).default('text').describe('column of the text'),
  labelColumn: z.string().min(1).default('label').describe('column of the label'),
}
