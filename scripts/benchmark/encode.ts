// Times reading, counting and encoding a corpus: by bytes, and by the plain path that the tests hold it against.
import { z } from 'zod'
import { type EncodedCorpus, encodeCorpus, encodeFiles } from '../../src/cbow/encoded-corpus.js'
import { readSentences } from '../../src/text/corpus.js'
import { readUtf8 } from '../../src/text/read-text.js'
import { tokenizerOf } from '../../src/text/tokenizers.js'
import { createCommand, doing } from '../command-line/command.js'
import { addSchemaFlags, parseFlags } from '../command-line/schema-flags.js'
import { took } from './clock.js'
import { median } from './median.js'

const Options = z.object({
  rounds: z.int().min(1).default(5).describe('times each way is taken, in turns'),
  minCount: z.int().min(1).default(5).describe('words seen less often are left out'),
})

interface Way {
  readonly name: string
  encode(): Promise<EncodedCorpus>
  readonly seconds: number[]
  readonly cpuSeconds: number[]
}

export const encodeBenchmark = createCommand(
  'encode',
  'Times reading, counting and encoding text (words per second are those of the vocabulary).',
  'npm run benchmark -- encode enwiki.txt.gz',
).argument('<corpus...>', 'text, also .gz')
doing(addSchemaFlags(encodeBenchmark, Options), async (corpus, flags, { progress }) => {
  const { rounds, minCount } = parseFlags(Options, flags)
  const tokenizer = tokenizerOf('word')
  const ways: Way[] = [
    {
      name: 'by bytes',
      encode: () => encodeFiles(corpus, { minCount, tokenizer: 'word' }),
      seconds: [],
      cpuSeconds: [],
    },
    {
      name: 'plainly',
      encode: () => encodeCorpus(readSentences(corpus, { tokenizer }), { minCount }),
      seconds: [],
      cpuSeconds: [],
    },
  ]
  const megabytes = (await textBytes(corpus)) / 1e6
  const hashes = new Set<string>()
  let words = 0
  for (let round = 1; round <= rounds; round++) {
    progress.note(`round ${round} of ${rounds}`)
    for (const way of ways) {
      const { seconds, cpuSeconds, result: encoded } = await took(() => way.encode())
      way.seconds.push(seconds)
      way.cpuSeconds.push(cpuSeconds)
      words = encoded.window.length
      encoded.window.close()
      hashes.add(encoded.sha256)
    }
  }
  if (hashes.size > 1) throw new Error('the two ways gave different corpora')
  const table = ways.map(({ name, seconds, cpuSeconds }) => {
    const time = median(seconds)
    return {
      way: name,
      seconds: time,
      cpuSeconds: median(cpuSeconds),
      megabytesPerSecond: megabytes / time,
      wordsPerSecond: words / time,
    }
  })
  return {
    lines: [
      '| way | s | CPU s | MB/s | M words/s |',
      '|---|---|---|---|---|',
      ...table.map(
        (row) =>
          `| ${row.way} | ${row.seconds.toFixed(2)} | ${row.cpuSeconds.toFixed(2)} ` +
          `| ${row.megabytesPerSecond.toFixed(0)} | ${(row.wordsPerSecond / 1e6).toFixed(1)} |`,
      ),
      '',
      `${words} words, ${megabytes.toFixed(1)} MB of text; medians of ${rounds} rounds.`,
    ],
    json: { megabytes, words, rounds, table },
  }
})

async function textBytes(paths: readonly string[]): Promise<number> {
  let total = 0
  for (const path of paths) for await (const bytes of readUtf8(path)) total += bytes.length
  return total
}
