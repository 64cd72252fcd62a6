// Trains one epoch of ever more text, to see whether rate and memory hold, and prints a Markdown table.
import { createWriteStream } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { UserError } from '../../src/base/errors.js'
import { createCommand, doing } from '../command-line/command.js'
import { addSchemaFlags, parseFlags } from '../command-line/schema-flags.js'
import { type Measured, oursTrainer } from './trainers.js'

const Options = z.object({
  megabytes: z.array(z.int().min(1)).default([10, 100, 1000]).describe('sizes of the text, which is repeated or cut'),
  threads: z.int().min(1).default(2).describe('threads'),
  options: z.string().default('{}').describe('more options of training as JSON'),
})

const CHUNK_BYTES = 1 << 20
const NEWLINE = 0x0a

interface Row extends Measured {
  readonly megabytes: number
}

export const curveBenchmark = createCommand(
  'curve',
  'Trains one epoch of 10 MB, 100 MB, 1 GB of text: do rate and memory hold? The text is repeated in a temporary file.',
  'npm run benchmark -- curve enwiki-lines.txt',
).argument('<corpus>', 'plain text, a sentence a line')
doing(addSchemaFlags(curveBenchmark, Options), async ([source], flags, { progress }) => {
  const { megabytes: sizes, threads, options } = parseFlags(Options, flags)
  const folder = await mkdtemp(join(tmpdir(), 'cbow-benchmark-'))
  const trainer = oursTrainer(options)
  const rows: Row[] = []
  try {
    for (const megabytes of sizes) {
      progress.note(`${megabytes} MB`)
      const corpus = join(folder, 'text')
      await pipeline(Readable.from(repeated(source, megabytes * 1e6)), createWriteStream(corpus))
      rows.push({ megabytes, ...(await trainer.train({ corpus, folder, threads, epochs: 1, seed: 1 })) })
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return { lines: tableOf(rows), json: { rows } }
})

/** The lines of a file again and again, up to so many bytes and the end of a line. */
async function* repeated(path: string, bytes: number): AsyncGenerator<Buffer> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    if (size === 0) throw new UserError(`${path}: is empty`)
    for (let left = bytes; left > 0; ) {
      const position = (bytes - left) % size
      const length = Math.min(CHUNK_BYTES, left, size - position)
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
      left -= bytesRead
      const end = left === 0 ? buffer.lastIndexOf(NEWLINE) + 1 : bytesRead
      yield buffer.subarray(0, end === 0 ? bytesRead : end)
    }
  } finally {
    await file.close()
  }
}

function tableOf(rows: readonly Row[]): string[] {
  return [
    '| text, MB | M words | vocabulary | counting and encoding, s | training, s | training, M words/s | whole command, s | peak memory, MB |',
    '|---|---|---|---|---|---|---|---|',
    ...rows.map((row) => {
      const cells = [
        row.megabytes,
        (row.words / 1e6).toFixed(1),
        row.vocabulary,
        row.readingSeconds?.toFixed(1) ?? '',
        row.trainingSeconds.toFixed(1),
        (row.words / row.trainingSeconds / 1e6).toFixed(2),
        row.wholeSeconds.toFixed(1),
        row.peakMegabytes?.toFixed(0) ?? '',
      ]
      return `| ${cells.join(' | ')} |`
    }),
  ]
}
