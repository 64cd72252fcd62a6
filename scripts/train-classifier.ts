#!/usr/bin/env node
import { z } from 'zod'
import { tokenizerNames } from '../src/text/tokenizers.js'
import { ClassifierOptions } from '../src/victims/classifier-options.js'
import { columnFlags } from './command-line/column-flags.js'
import { createCommand, doing, main, required } from './command-line/command.js'
import { addSchemaFlags, parseFlags } from './command-line/schema-flags.js'

const Options = ClassifierOptions.extend({
  ...columnFlags,
  tokenizer: z
    .string()
    .optional()
    .describe(`of a file of vectors [word]; a model folder has its own: ${tokenizerNames.join(', ')}`),
  force: z.boolean().default(false).describe('write into an output folder that holds something else'),
})

const command = createCommand(
  'train-classifier',
  'Trains a text classifier on labelled rows: mean of the word embeddings, then a linear layer.',
  'train-classifier reviews.csv --embeddings models/words --output models/reviews',
)
  .argument('<rows>', 'CSV or JSONL')
  .option('--embeddings <DIR|VECTORS>', 'folder of a model, or a file of vectors')
  .option('--output <DIR>', 'folder of the classifier')
addSchemaFlags(command, Options)

doing(command, async ([rows], flags, { progress, signal }) => {
  const options = parseFlags(Options, flags)
  const embeddings = required(command, flags, 'embeddings')
  const output = required(command, flags, 'output')
  const { trainClassifierToFolder } = await import('../src/victims/train-classifier-to-folder.js')
  const request = { ...options, rows, embeddings, output, progress, signal }
  const { training, labels } = await trainClassifierToFolder(request)
  const { accuracy, epoch, rows: known, skipped } = training
  const heldOut = accuracy === undefined ? '' : `, ${(100 * accuracy).toFixed(1)}% of the held-out rows right`
  return {
    lines: [`${output}: ${labels.join(', ')}; ${known} rows (${skipped} skipped), epoch ${epoch} kept${heldOut}`],
    json: { output, labels, ...training },
  }
})

await main(command)
