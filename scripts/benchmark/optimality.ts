// How near the exact minimal norm each attack of the least norm comes, and what it costs.
import { z } from 'zod'
import type { Attack } from '../../src/attacks/attack.js'
import { attacks } from '../../src/attacks/index.js'
import { UserError } from '../../src/base/errors.js'
import { type AttackSummary, generateAdversarial, loadVictim, readExamples } from '../../src/index.js'
import { createCommand, doing, required } from '../command-line/command.js'
import { EngineFlag, useEngine } from '../command-line/engine.js'
import { addSchemaFlags, parseFlags } from '../command-line/schema-flags.js'

const Options = z.object({
  rows: z.int().min(1).default(290).describe('rows, the first of the file'),
  engine: EngineFlag,
})

const ATTACKS: readonly Attack[] = [
  attacks.deepfool(),
  attacks.deepfool({ norm: 'linf' }),
  attacks.cw(),
  attacks.ddn(),
  attacks.fmn(),
  attacks.fmn({ norm: 'linf' }),
  attacks.fmn({ norm: 'l1' }),
  attacks.pgdMinimal(),
  attacks.pgdMinimal({ norm: 'linf' }),
  attacks.pgdMinimal({ norm: 'l1' }),
]

export const optimalityBenchmark = createCommand(
  'optimality',
  'Holds attacks of the least norm against the exact minimum, row by row.',
  'npm run benchmark -- optimality data/labelled/movie-reviews.test.csv.gz --model models/quickstart/classifier',
)
  .argument('<rows>', 'CSV or JSONL')
  .option('--model <DIR>', 'folder of a text classifier')
doing(addSchemaFlags(optimalityBenchmark, Options), async ([rows], flags, { progress }) => {
  if (rows === undefined) throw new UserError('no rows given; name a file')
  const { rows: limit, engine } = parseFlags(Options, flags)
  const victim = await loadVictim(required(optimalityBenchmark, flags, 'model'))
  await useEngine(engine, progress)
  const lines = ['| attack | norm | flipped | gap: median | 95th percentile | forwards | gradients | rows/s |']
  lines.push('|---|---|---|---|---|---|---|---|')
  const table: AttackSummary[] = []
  for (const attack of ATTACKS) {
    progress.note(`${attack.name} ${attack.minimises}`)
    const results = generateAdversarial(victim, attack, readExamples(victim, rows, { labelColumn: 'label' }), {
      limit,
      batchSize: 32,
    })
    let next = await results.next()
    while (!next.done) next = await results.next()
    table.push(next.value)
    lines.push(lineOf(attack, next.value))
  }
  return { lines, json: { table } }
})

function lineOf({ name, minimises }: Attack, summary: AttackSummary): string {
  const { successRate, gap, forwardsPerRow, gradientsPerRow, rowsPerSecond } = summary
  const cells = [
    name,
    minimises,
    `${successRate.count} of ${successRate.of}`,
    percent(gap?.median),
    percent(gap?.percentile95),
    forwardsPerRow?.toFixed(1),
    gradientsPerRow?.toFixed(1),
    rowsPerSecond?.toFixed(0),
  ]
  return `| ${cells.join(' | ')} |`
}

const percent = (share: number | undefined): string => (share === undefined ? '' : `${(100 * share).toFixed(3)}%`)
