// Times training and gradient reads on each backend of TensorFlow.js, beside our own kernels.
import { z } from 'zod'
import { encodeFiles } from '../../src/cbow/encoded-corpus.js'
import { type TensorBackend, useTensorBackend } from '../../src/gradient/tensorflow.js'
import { createCommand, doing } from '../command-line/command.js'
import { addSchemaFlags, parseFlags } from '../command-line/schema-flags.js'
import { readingRows } from './tensorflow-reading.js'
import { trainingRows } from './tensorflow-training.js'

const Options = z.object({
  rounds: z.int().min(1).default(7).describe('times each way is taken, in turns, after one that is not counted'),
})

export const tensorflowBenchmark = createCommand(
  'tensorflow',
  "Times training and gradient reads on TensorFlow's own library, on TensorFlow.js, and by our kernels.",
  'npm run benchmark -- tensorflow enwiki-lines.txt',
).argument('<corpus...>', 'text, also .gz')
doing(addSchemaFlags(tensorflowBenchmark, Options), async (paths, flags, { progress }) => {
  const { rounds } = parseFlags(Options, flags)
  const backends: TensorBackend[] = []
  for (const backend of ['native', 'wasm', 'cpu'] as const) {
    const { description, missing } = await useTensorBackend(backend === 'native' ? 'auto' : backend)
    progress.note(description)
    if (missing === undefined) backends.push(backend)
  }
  const corpus = await encodeFiles(paths, { minCount: 5, tokenizer: 'word' })
  const training = await trainingRows(corpus, backends, rounds, (round) => {
    progress.note(round === 0 ? 'warming up' : `round ${round} of ${rounds}`)
  })
  const reading = await readingRows(corpus.vocabulary, backends, rounds)
  corpus.window.close()
  return {
    lines: [
      '| training | steps/s | words/s | CPU ms a step | times dense | by CPU time |',
      '|---|---|---|---|---|---|',
      ...training.map(
        (row) =>
          `| ${row.name} | ${row.stepsPerSecond.toFixed(0)} | ${row.wordsPerSecond.toFixed(0)} ` +
          `| ${row.cpuMilliseconds.toFixed(1)} | ${row.ratio?.toFixed(2) ?? ''} | ${row.cpuRatio?.toFixed(2) ?? ''} |`,
      ),
      '',
      '| gradient reads | examples/s | CPU ms an example |',
      '|---|---|---|',
      ...reading.map((row) => `| ${row.name} | ${row.perSecond.toFixed(0)} | ${row.cpuMilliseconds.toFixed(3)} |`),
      '',
      `Vocabulary ${corpus.vocabulary.size}, 100 dimensions; steps of 1,024 centres; medians of ${rounds} rounds.`,
    ],
    json: { vocabulary: corpus.vocabulary.size, rounds, training, reading },
  }
})
