#!/usr/bin/env node
import { CbowOptions } from '../src/cbow/cbow-options.js'
import { createCommand, doing, main, required } from './command-line/command.js'
import { addSchemaFlags, parseFlags } from './command-line/schema-flags.js'

const command = createCommand(
  'train-cbow',
  'Trains CBOW word embeddings on text: files, also .gz and .zst, or - for standard input.',
  'train-cbow books.txt reviews.txt.gz --output models/books --dimensions 100 --epochs 5',
)
  .argument('[corpus...]', 'text; a line end ends a sentence')
  .option('--output <DIR>', 'folder of the model')
addSchemaFlags(command, CbowOptions)

doing(command, async (corpus, flags, { progress, signal }) => {
  if (flags.engine === 'list') return listEngines()
  const options = parseFlags(CbowOptions, flags)
  if (corpus.length === 0) command.error('error: no corpus given; name a text file, or - for standard input')
  const output = required(command, flags, 'output')
  const { trainCbow } = await import('../src/cbow/train-cbow.js')
  const model = await trainCbow({ ...options, corpus, output, progress, signal })
  const { engine, backend, loss, wordsSeen } = { ...model.training }
  return {
    lines: [
      `${output}: ${model.vocabulary.size} words of ${model.dimensions} dimensions by engine ${engine} (${backend})`,
      `${wordsSeen} words seen, loss ${loss?.toFixed(4)} a centre word in the last epoch`,
    ],
    json: { output, words: model.vocabulary.size, dimensions: model.dimensions, ...model.training },
  }
})

async function listEngines() {
  const { engineList } = await import('../src/cbow/engine-list.js')
  const engines = await engineList()
  return {
    lines: engines.flatMap(({ name, available, description, absent }) => [
      `${name}\t${available ? 'here' : 'absent'}\t${description}`,
      ...(absent === undefined ? [] : [`\tabsent\t${absent}`]),
    ]),
    json: { engines },
  }
}

await main(command)
