// Times attacks over 1,000, 10,000, … rows that stream through, and watches the memory.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { z } from 'zod'
import { attacks } from '../../src/attacks/index.js'
import { SILENT } from '../../src/base/progress.js'
import { attackToFile } from '../../src/evaluate/attack-to-file.js'
import { readRows } from '../../src/text/rows.js'
import { loadVictim } from '../../src/victims/load-victim.js'
import { createCommand, doing, required } from '../command-line/command.js'
import { addSchemaFlags, parseFlags } from '../command-line/schema-flags.js'
import { took } from './clock.js'

const Options = z.object({
  largest: z.int().min(1000).default(100_000).describe('rows of the longest stream; each before has a tenth'),
  only: z.enum(['hotflip', 'pgd']).optional().describe('leaves the other attack out'),
  workers: z.int().min(1).default(1).describe('threads that attack'),
})

export const streamBenchmark = createCommand(
  'stream',
  'Times HotFlip, and PGD-10 that saves perturbations, over more and more rows: rows per second and memory held.',
  'npm run benchmark -- stream data/labelled/movie-reviews.test.csv.gz --model models/quickstart/classifier',
)
  .argument('<rows>', 'CSV or JSONL; its rows are repeated, each time with another number in front')
  .option('--model <DIR>', 'folder of a classifier')
doing(addSchemaFlags(streamBenchmark, Options), async ([rows], flags, { progress, signal }) => {
  const { largest, workers, only } = parseFlags(Options, flags)
  const victim = await loadVictim(required(streamBenchmark, flags, 'model'))
  const folder = await mkdtemp(join(tmpdir(), 'stream-'))
  const kinds = [
    { attack: attacks.hotflip(), savePerturbations: false },
    { attack: attacks.pgd({ epsilon: 0.5, steps: 10 }), savePerturbations: true },
  ].filter(({ attack }) => only === undefined || attack.name === only)
  const table = []
  try {
    for (const { attack, savePerturbations } of kinds) {
      for (let count = 1000; count <= largest; count *= 10) {
        progress.note(`${attack.name}, ${count} rows`)
        const memory = new MemoryWatch(count)
        const watch = { ...SILENT, update: (done: number) => memory.look(done) }
        const output = join(folder, `${attack.name}-${count}.csv`)
        const options = { workers, signal, progress: watch, savePerturbations }
        const { seconds, cpuSeconds } = await took(() =>
          attackToFile(victim, attack, repeated(rows, count), output, options),
        )
        const { resident, live } = memory
        table.push({
          attack: attack.name,
          rows: count,
          seconds,
          cpuSeconds,
          residentMegabytes: resident / 1e6,
          liveMegabytes: live / 1e6,
        })
      }
    }
  } finally {
    await rm(folder, { recursive: true })
  }
  return {
    lines: [
      '| attack | rows | s | CPU s | rows per CPU s | most resident, MB | most alive after a collection, MB |',
      '|---|---|---|---|---|---|---|',
      ...table.map(
        (row) =>
          `| ${row.attack} | ${row.rows} | ${row.seconds.toFixed(2)} | ${row.cpuSeconds.toFixed(2)} ` +
          `| ${(row.rows / row.cpuSeconds).toFixed(0)} | ${row.residentMegabytes.toFixed(0)} | ${row.liveMegabytes.toFixed(1)} |`,
      ),
    ],
    json: { workers, table },
  }
})

/** Times that garbage is collected in a stream, to see what is alive. */
const COLLECTIONS = 10

/** Watches the memory of a stream of so many rows. What is resident includes garbage that nobody has had to collect yet. */
class MemoryWatch {
  /** Most bytes of the process. */
  resident = 0
  /** Most bytes of objects and arrays that are in use. */
  live = 0
  readonly #collect: unknown
  readonly #every: number

  constructor(rows: number) {
    this.#every = Math.floor(rows / COLLECTIONS)
    setFlagsFromString('--expose-gc')
    this.#collect = runInNewContext('gc')
  }

  look(done: number): void {
    this.resident = Math.max(this.resident, process.memoryUsage.rss())
    if (done % this.#every !== 0 || typeof this.#collect !== 'function') return
    // Arrays that the first has found are given back by the second.
    this.#collect()
    this.#collect()
    const { heapUsed, external } = process.memoryUsage()
    this.live = Math.max(this.live, heapUsed + external)
  }
}

async function* repeated(path: string, count: number) {
  for (let made = 0; made < count; ) {
    for await (const { text, label } of readRows(path, { labelColumn: 'label' })) {
      if (made === count) return
      yield { row: ++made, text: `${made} ${text}`, label }
    }
  }
}
