// Attacks the very same victim and rows by us and by TextAttack, foolbox and ART, in turns, and prints a Markdown table.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'
import { UserError } from '../../src/base/errors.js'
import { embed } from '../../src/gradient/embed.js'
import { predictedLabel } from '../../src/gradient/prediction.js'
import { exact, loadTextClassifier, readRows, type TextClassifier } from '../../src/index.js'
import { createCommand, doing, required } from '../command-line/command.js'
import { addSchemaFlags, parseFlags } from '../command-line/schema-flags.js'
import { judge, type Verdict } from './attack-judge.js'
import { ALONE, Done, isOnWords, type Job, SWAPPABLE, TIMING, WHOLE, type Work, writeWork } from './attack-work.js'
import { median } from './median.js'

const PEERS = ['textattack', 'foolbox', 'art'] as const
const Options = z.object({
  model: z.string().describe('folder of the text classifier to attack'),
  python: z.string().optional().describe('a Python that has the peers; without it only we are timed'),
  peers: z
    .array(z.enum(PEERS))
    .default([...PEERS])
    .describe('which of them'),
  rows: z.int().min(1).default(1000).describe('rows for quick attacks: the first that the victim gets right'),
  slowRows: z.int().min(1).default(200).describe('rows for word attacks, Carlini-Wagner, and one row at a time'),
  rounds: z.int().min(1).default(3).describe('times each tool does all of it, in turns'),
})
type Options = z.output<typeof Options>

interface Line {
  readonly job: Job
  readonly tool: string
  readonly seconds: number[]
  readonly queries?: number
  readonly verdict: Verdict
}

export const attackBenchmark = createCommand(
  'attack',
  'Times attacks against TextAttack, foolbox and ART on the same victim, rows and candidates, and judges all alike.',
  'npm run benchmark -- attack test.csv --model models/reviews --python venv/bin/python',
).argument('<rows>', 'CSV or JSONL of text and label')
doing(addSchemaFlags(attackBenchmark, Options), async ([rows], flags, { progress }) => {
  const options = parseFlags(Options, { ...flags, model: required(attackBenchmark, flags, 'model') })
  const { classifier: victim } = await loadTextClassifier(options.model)
  const work = await workOf(victim, rows, options)
  const folder = await mkdtemp(join(tmpdir(), 'cbow-benchmark-'))
  const lines = new Map<string, Line>()
  try {
    await writeWork(folder, work, victim)
    for (let round = 1; round <= options.rounds; round++) {
      for (const [program, ...args] of programs(options, folder, work)) {
        progress.note(`round ${round} of ${options.rounds}: ${args[0].split('/').at(-1)}`)
        for (const done of await run(program, args)) await add(lines, done, folder, victim, work)
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  const ordered = work.jobs.flatMap(({ id }) => [...lines.values()].filter(({ job }) => job.id === id))
  return { lines: tableOf(ordered), json: { lines: ordered } }
})

/** Rows that the victim gets right, made of its known words, so that every tool reads the same tokens. */
async function workOf(victim: TextClassifier, path: string, { rows: wanted, slowRows }: Options): Promise<Work> {
  const { words } = victim.embeddings.vocabulary
  const rows: Work['rows'] = []
  for await (const { text, label } of readRows(path, { labelColumn: 'label' })) {
    const ids = [...victim.encode(text).ids]
    const truth = victim.labels.indexOf(label ?? '')
    if (ids.length === 0) continue
    const logits = victim.logits(embed(victim.embeddings, [Int32Array.from(ids)]))
    if (predictedLabel(logits) !== truth) continue
    rows.push({ text: ids.map((id) => words[id]).join(' '), ids, label: truth })
    if (rows.length === wanted) break
  }
  if (rows.length === 0) throw new UserError(`${path}: the victim gets no row right; give rows of its own labels`)
  const jobs = jobsFor(victim, rows, Math.min(slowRows, rows.length))
  return {
    dimensions: victim.embeddings.dimensions,
    words: [...words],
    labels: [...victim.labels],
    swappable: SWAPPABLE,
    rows,
    jobs,
    timing: TIMING,
  }
}

/** Radii within which a sixth, a half and nine tenths of the rows can be flipped at all. */
const SHARES = [1 / 6, 1 / 2, 0.9]

function jobsFor(victim: TextClassifier, rows: Work['rows'], slow: number): Job[] {
  const least = { linf: [] as number[], l2: [] as number[] }
  for (const { ids, label } of rows) {
    const logits = victim.logits(embed(victim.embeddings, [Int32Array.from(ids)]))
    least.linf.push(exact.minimalNorm(victim.linear, logits, ids.length, label, 'linf').norm)
    least.l2.push(exact.minimalNorm(victim.linear, logits, ids.length, label, 'l2').norm)
  }
  const all = rows.length
  const epsilons = (norm: 'linf' | 'l2') => {
    const sorted = least[norm].toSorted((a, b) => a - b)
    return SHARES.map((share) => Number(sorted[Math.floor(share * (all - 1))].toPrecision(3)))
  }
  const inBall = (attack: Job['attack'], norm: 'linf' | 'l2') =>
    epsilons(norm).flatMap((epsilon, i) => [
      { id: `${attack}-${i}`, attack, epsilon, rows: all, single: false },
      ...(i === 1 ? [{ id: `${attack}-${i}-single`, attack, epsilon, rows: slow, single: true }] : []),
    ])
  return [
    { id: 'hotflip-greedy', attack: 'hotflip-greedy', rows: slow, single: false },
    { id: 'hotflip-beam', attack: 'hotflip-beam', rows: slow, single: false },
    ...inBall('fgsm-linf', 'linf'),
    ...inBall('pgd-linf', 'linf'),
    ...inBall('pgd-l2', 'l2'),
    { id: 'deepfool-l2', attack: 'deepfool-l2', rows: all, single: false },
    { id: 'deepfool-l2-single', attack: 'deepfool-l2', rows: slow, single: true },
    { id: 'carlini-wagner-l2', attack: 'carlini-wagner-l2', rows: slow, single: false },
  ]
}

/** Programs that do the work, ours first: a command and its arguments. */
function programs({ model, python, peers }: Options, folder: string, { jobs }: Work): string[][] {
  const ours = fileURLToPath(new URL('attack-ours.js', import.meta.url))
  const first = jobs.filter(isOnWords).map(({ id }) => [process.execPath, ours, folder, model, id])
  const theirs = python === undefined ? [] : peers.map((peer) => [python, peerProgram(peer), folder])
  return [...first, [process.execPath, ours, folder, model], ...theirs]
}

const peerProgram = (peer: string) =>
  fileURLToPath(new URL(`../../../scripts/benchmark/peers/${peer}_attacks.py`, import.meta.url))

async function run(program: string, args: readonly string[]): Promise<Done[]> {
  const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 1 << 26 })
  const lines = stdout.split('\n').filter((line) => line.startsWith('{"tool"'))
  return lines.map((line) => Done.parse(JSON.parse(line)))
}

/** Judges what a tool made the first time; later rounds only add their time. */
async function add(lines: Map<string, Line>, done: Done, folder: string, victim: TextClassifier, work: Work) {
  const key = `${done.id} ${done.tool}`
  const known = lines.get(key)
  if (known) return void known.seconds.push(done.seconds)
  const job = work.jobs.find(({ id }) => id === done.id)
  if (!job) throw new Error(`${done.tool} did ${done.id}, which nobody asked for`)
  const verdict = await judge(folder, victim, work, job, done)
  lines.set(key, { job, tool: done.tool, seconds: [done.seconds], queries: done.queries, verdict })
}

function tableOf(lines: readonly Line[]): string[] {
  return [
    'rows/s: of attacks on embedded words the attack alone, ours also with reading the texts, judging anew, exact optima and ' +
      'the proof that nothing moved (whole run); each the median of several passes after an untimed one. HotFlip: one whole ' +
      'run after an untimed one (TextAttack: over 10 rows), ours also as the first thing that a process does.',
    '',
    '| attack | rows | tool | rows/s | times ours | flipped | can be flipped | norm over the least: median, 95% | queries a row |',
    '|---|---|---|---|---|---|---|---|---|',
    ...lines.map((line) => {
      const { job, tool, seconds, queries, verdict } = line
      const own = lines.filter((each) => each.job === job)
      const ours = [ALONE, WHOLE].flatMap((name) => own.filter((each) => each.tool === name))[0] ?? line
      const times = median(seconds.map((each, i) => (ours.seconds[i] ?? each) / each))
      const { flips, exactFlips, impossible, ratio } = verdict
      const cells = [
        `${job.attack}${job.epsilon === undefined ? '' : `, ${job.epsilon}`}${job.single ? ', one by one' : ''}`,
        job.rows,
        tool,
        (job.rows / median(seconds)).toPrecision(3),
        times.toPrecision(2),
        `${flips}${impossible > 0 ? ` (${impossible} beyond the bound!)` : ''}`,
        exactFlips,
        ratio ? `${ratio.median.toFixed(4)}, ${ratio.p95.toFixed(3)}` : '',
        queries === undefined ? '' : (queries / job.rows).toFixed(1),
      ]
      return `| ${cells.join(' | ')} |`
    }),
  ]
}
