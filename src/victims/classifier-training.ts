import { z } from 'zod'
import { ClassifierSettings } from './classifier-options.js'

const count = z.int().min(0)

/** How a classifier came to be; part of its `model.json`. */
export const ClassifierTraining = z.object({
  settings: ClassifierSettings,
  /** Rows with a known word: learnt from, or held out. */
  rows: count,
  heldOut: count,
  /** Rows without a known word: neither. */
  skipped: count,
  /** Words of the rows that the embeddings lack. */
  unknownWords: count,
  /** The epoch that was kept, from 1. */
  epoch: z.int().min(1),
  /** Mean loss over the rows of that epoch, each before its own step. */
  loss: z.number(),
  /** Share of the held-out rows that it gets right, in [0, 1]; undefined when none was held out. */
  accuracy: z.number().min(0).max(1).optional(),
})
export type ClassifierTraining = z.infer<typeof ClassifierTraining>
