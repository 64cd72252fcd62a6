// Times what the guard around a run costs: fingerprints before and after, and SHA-256 once.
import { z } from 'zod'
import { Embeddings } from '../../src/embeddings/embeddings.js'
import { hashState, ReadOnlyProof, stateOf } from '../../src/gradient/proof.js'
import { tokenizerOf } from '../../src/text/tokenizers.js'
import { Vocabulary } from '../../src/text/vocabulary.js'
import { CentreWord } from '../../src/victims/centre-word.js'
import { createCommand, doing } from '../command-line/command.js'
import { addSchemaFlags, parseFlags } from '../command-line/schema-flags.js'
import { median } from './median.js'

const Options = z.object({
  words: z.int().min(2).default(25_000).describe('V; W and U are [V, 100]'),
  rounds: z.int().min(1).default(15).describe('times each is taken, in turns'),
})

export const guardBenchmark = createCommand(
  'guard',
  'Times the guard around a run: both looks at a victim, and the SHA-256 that the report states (once in a process).',
  'npm run benchmark -- guard',
)
doing(addSchemaFlags(guardBenchmark, Options), async (_, flags) => {
  const { words: V, rounds } = parseFlags(Options, flags)
  const D = 100
  const names = Array.from({ length: V }, (_, id) => `w${id}`)
  const matrix = () => Float32Array.from({ length: V * D }, (_, i) => Math.sin(0.37 * i))
  const embeddings = new Embeddings(new Vocabulary(names, new Float64Array(V)), matrix(), D)
  const victim = new CentreWord(embeddings, matrix(), 'mean', tokenizerOf('word'))
  const [guard, sha256]: number[][] = [[], []]
  new ReadOnlyProof(victim).verify()
  for (let round = 0; round < rounds; round++) {
    guard.push(cpuMilliseconds(() => new ReadOnlyProof(victim).verify()))
    sha256.push(cpuMilliseconds(() => hashState(stateOf(victim))))
  }
  const table = { megabytes: (8 * V * D) / 1e6, guard: median(guard), sha256: median(sha256) }
  return {
    lines: [
      `${table.megabytes} MB: ${table.guard.toFixed(1)} CPU ms for both looks of a run, once ${table.sha256.toFixed(1)} for SHA-256`,
    ],
    json: { ...table, rounds },
  }
})

function cpuMilliseconds(work: () => unknown): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
