// Times an attack over 1,000, 10,000, … rows that stream through, and watches the memory.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { attacks } from '../../src/attacks/index.js'
import { SILENT } from '../../src/base/progress.js'
import { attackToFile } from '../../src/evaluate/attack-to-file.js'
import { readRows } from '../../src/text/rows.js'
import { loadVictim } from '../../src/victims/load-victim.js'
import { createCommand, doing, required } from '../command-line/command.js'
import { addSchemaFlags, parseFlags } from '../command-line/schema-flags.js'

const Options = z.object({
  largest: z.int().min(1000).default(100_000).describe('rows of the longest stream; each before has a tenth'),
  workers: z.int().min(1).default(1).describe('threads that attack'),
})

export const streamBenchmark = createCommand(
  'stream',
  'Times HotFlip with two swaps over more and more rows: rows per second and the most memory held.',
  'npm run benchmark -- stream data/labelled/movie-reviews.test.csv.gz --model models/quickstart/classifier',
)
  .argument('<rows>', 'CSV or JSONL; its rows are repeated, each time with another number in front')
  .option('--model <DIR>', 'folder of a classifier')
doing(addSchemaFlags(streamBenchmark, Options), async ([rows], flags, { progress, signal }) => {
  const { largest, workers } = parseFlags(Options, flags)
  const victim = await loadVictim(required(streamBenchmark, flags, 'model'))
  const folder = await mkdtemp(join(tmpdir(), 'stream-'))
  const table = []
  try {
    for (let count = 1000; count <= largest; count *= 10) {
      progress.note(`${count} rows`)
      let peak = 0
      const watch = { ...SILENT, update: () => void (peak = Math.max(peak, process.memoryUsage.rss())) }
      const [startedAt, cpuBefore] = [performance.now(), process.cpuUsage()]
      await attackToFile(victim, attacks.hotflip(), repeated(rows, count), join(folder, `${count}.csv`), {
        ...{ workers, signal, progress: watch },
      })
      const seconds = (performance.now() - startedAt) / 1000
      const { user, system } = process.cpuUsage(cpuBefore)
      table.push({ rows: count, seconds, cpuSeconds: (user + system) / 1e6, megabytes: peak / 1e6 })
    }
  } finally {
    await rm(folder, { recursive: true })
  }
  return {
    lines: [
      '| rows | s | CPU s | rows/s | most memory, MB |',
      '|---|---|---|---|---|',
      ...table.map(
        (row) =>
          `| ${row.rows} | ${row.seconds.toFixed(2)} | ${row.cpuSeconds.toFixed(2)} ` +
          `| ${(row.rows / row.seconds).toFixed(0)} | ${row.megabytes.toFixed(0)} |`,
      ),
    ],
    json: { workers, table },
  }
})

async function* repeated(path: string, count: number) {
  for (let made = 0; made < count; ) {
    for await (const { text, label } of readRows(path, { labelColumn: 'label' })) {
      if (made === count) return
      yield { row: ++made, text: `${made} ${text}`, label }
    }
  }
}
