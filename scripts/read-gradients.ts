#!/usr/bin/env node
import { ReadGradientsOptions } from '../src/evaluate/read-gradients-options.js'
import { columnFlags } from './command-line/column-flags.js'
import { createCommand, doing, main, required } from './command-line/command.js'
import { addSchemaFlags, parseFlags } from './command-line/schema-flags.js'
import { onEngine, VictimEngineFlag } from './command-line/victim-engine.js'

const Options = ReadGradientsOptions.extend({ ...columnFlags, engine: VictimEngineFlag })

const command = createCommand(
  'read-gradients',
  'Reads loss gradients and how much each word matters: rows of CSV or JSONL, or windows of a text for a CBOW model.',
  'read-gradients reviews.csv --model models/reviews --output gradients.csv --saliency integrated-gradients',
)
  .argument('<rows>', 'CSV or JSONL for a classifier, text for a CBOW model')
  .option('--model <DIR>', 'folder of the model')
  .option('--output <FILE>', 'CSV or JSONL by the ending')
addSchemaFlags(command, Options)

doing(command, async ([rows], flags, { progress, signal }) => {
  const { textColumn, labelColumn, engine, ...options } = parseFlags(Options, flags)
  const model = required(command, flags, 'model')
  const output = required(command, flags, 'output')
  const { loadVictim, readExamples, readGradientsToFile } = await import('../src/index.js')
  const victim = await loadVictim(model)
  const examples = readExamples(victim, rows, {
    textColumn,
    labelColumn,
    labelRequired: false,
    labelColumnRequired: flags.labelColumn !== undefined,
    onNoLabelColumn: () => progress.note(`${rows}: no column ${labelColumn}; the model's predictions are taken`),
  })
  const context = { source: rows, progress, signal }
  const summary = await onEngine(victim, engine, progress, (reader) =>
    readGradientsToFile(reader, examples, output, { ...options, ...context }),
  )
  const skipped = summary.skipped === 0 ? '' : ` (${summary.skipped} without a known word)`
  return {
    lines: [`${output}: ${summary.rows} rows${skipped}; the model has not moved, to the bit`],
    json: { output, ...summary },
  }
})

await main(command)
