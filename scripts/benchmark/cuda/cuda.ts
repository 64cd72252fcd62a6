// What engine cuda reaches on the GPU that is here, in one go of a few minutes: whether the kernels are right, how fast
// they are, how good their vectors are beside other engines', and whether all memory comes back. Needs nothing but `dist`,
// few packages, the NVIDIA driver and a text.
import { readFileSync, statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { z } from 'zod'
import { writeFileAtomically } from '../../../src/base/atomic-files.js'
import { UserError } from '../../../src/base/errors.js'
import type { Progress } from '../../../src/base/progress.js'
import { Gpu } from '../../../src/kernels/cuda/gpu.js'
import { type CommandResult, createCommand, doing } from '../../command-line/command.js'
import { addSchemaFlags, parseFlags } from '../../command-line/schema-flags.js'
import { type Check, checks } from './check.js'
import { checkMemory } from './memory-checker.js'
import { type Throughput, throughput } from './throughput.js'
import { ENGINES, qualityTable, type Speed, speedOn, type Trained, trainAndScore } from './training.js'

const Options = z.object({
  output: z.string().optional().describe('folder for cuda.md and cuda.json'),
  minutes: z.number().positive().default(9).describe('models that do not fit into this time are left out, and named'),
  checkOnly: z.boolean().default(false).describe('hold the kernels against plain arithmetic, and do nothing else'),
  analogies: z.string().optional().describe("Google's questions-words.txt"),
  similarity: z.string().optional().describe('word<TAB>word<TAB>score lines'),
  engines: z.array(z.enum(ENGINES)).default(['cuda', 'wasm']).describe('to compare in quality'),
  seeds: z.int().min(1).default(3).describe('models of each engine'),
  epochs: z.int().min(1).default(5).describe('passes over the text, for quality'),
  gigabytes: z.number().positive().default(1).describe('of text, read again and again as one corpus, for the speed'),
  texts: z.int().min(1).default(1_000_000).describe('texts of 10 words whose gradients are read'),
  queries: z.int().min(1).default(4_096).describe('gradients that are scored against 100,000 words'),
  memory: z
    .int()
    .min(1)
    .default(2 ** 32)
    .describe('bytes that are set to 0, for the speed of the memory'),
})

export const cudaBenchmark = createCommand(
  'cuda',
  'Checks, times and scores engine cuda on the GPU that is here.',
  'npm run benchmark -- cuda enwiki-lines.txt --analogies questions-words.txt --similarity wordsim353.txt --output gpu',
).argument('[corpus]', 'plain text, a sentence a line; 10 to 100 MB')
doing(addSchemaFlags(cudaBenchmark, Options), async ([corpus], flags, { progress }) => {
  const options = parseFlags(Options, flags)
  if (options.checkOnly) {
    const checked = await runChecks(progress)
    return { lines: checkLines(checked), json: { checks: checked }, status: checked.every(holds) ? 0 : 1 }
  }
  if (corpus === undefined) throw new UserError('name a text, or take --check-only')
  const result = await measureAll(corpus, options, progress)
  if (options.output !== undefined) {
    await mkdir(options.output, { recursive: true })
    await writeFileAtomically(join(options.output, 'cuda.md'), `${result.lines.join('\n')}\n`)
    await writeFileAtomically(join(options.output, 'cuda.json'), `${JSON.stringify(result.json, undefined, 2)}\n`)
  }
  return result
})

async function measureAll(
  corpus: string,
  {
    minutes,
    engines,
    seeds,
    epochs,
    gigabytes,
    texts,
    queries,
    memory,
    analogies,
    similarity,
  }: z.output<typeof Options>,
  progress: Progress,
): Promise<CommandResult> {
  const end = performance.now() + minutes * 60_000
  const left = () => (end - performance.now()) / 1000
  const failures: string[] = []
  /** A part that fails is named, and the others are measured all the same. */
  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work()
    } catch (error) {
      failures.push(`${what}: ${error instanceof Error ? error.message : String(error)}`)
      progress.note(failures[failures.length - 1])
      return undefined
    }
  }
  const before = await gpuState()
  const checked = (await attempt('checks', () => runChecks(progress))) ?? []
  const repeat = Math.max(1, Math.round((gigabytes * 1e9) / bytesOf(corpus)))
  const speed = await attempt('speed of training', () => speedOn(corpus, repeat))
  const rates = await attempt('reads and attacks', () => throughput(texts, queries, memory))
  const runs: Trained[] = []
  let longest = 0
  for (let seed = 1; seed <= seeds; seed++) {
    for (const engine of engines) {
      const what = `engine ${engine} with seed ${seed}`
      if (left() < 1.2 * longest) {
        failures.push(`${what}: left out for want of time`)
        continue
      }
      progress.note(what)
      const begun = performance.now()
      const run = await attempt(what, () => trainAndScore(corpus, engine, seed, epochs, { analogies, similarity }))
      if (run) runs.push(run)
      longest = Math.max(longest, (performance.now() - begun) / 1000)
    }
  }
  const checker = checkMemory(left())
  const after = await attempt('memory at the end', gpuState)
  return {
    lines: [
      `${before.name}, CUDA ${before.cudaVersion}, ${before.processors} multiprocessors, Node ${process.versions.node}`,
      '',
      ...checkLines(checked),
      checker,
      `GPU memory free before and after: ${before.free} and ${after?.free} bytes`,
      ...failures.map((failure) => `- MISSING: ${failure}`),
      '',
      ...(speed ? speedLines(speed, repeat, rates?.bytes) : []),
      ...(rates ? rateLines(rates) : []),
      '',
      ...qualityTable(runs),
    ],
    json: {
      gpu: before,
      freeAfter: after?.free,
      checks: checked,
      memoryChecker: checker,
      repeat,
      speed,
      rates,
      runs,
      failures,
    },
    status: failures.length === 0 && checked.every(holds) ? 0 : 1,
  }
}

function speedLines(speed: Speed, repeat: number, memoryBytes: number | undefined): string[] {
  const share = memoryBytes && ((100 * speed.bytesPerSecond) / memoryBytes).toFixed(0)
  return [
    `training, ${repeat} times the text, ${million(speed.words)} words: ${million(speed.wordsPerSecond)} words/s of the ` +
      `corpus, of them ${million(speed.wordsPerSecond * speed.keptShare)} kept; ` +
      `${(speed.bytesPerSecond / 1e9).toFixed(0)} GB/s of rows read and stepped` +
      (memoryBytes
        ? `, ${share}% of what the memory takes when it is set to 0 (${(memoryBytes / 1e9).toFixed(0)} GB/s)`
        : ''),
  ]
}

const rateLines = ({ gradients, attacks, rankings }: Throughput) => [
  `gradients of texts of 10 words, 100 dimensions, 2 labels, ids in, left on the GPU: ${million(gradients)} texts/s`,
  `PGD of 40 steps in l2 on such texts: ${million(attacks)} texts/s`,
  `best 8 of 100,000 words for a gradient: ${Math.round(rankings)} gradients/s`,
]

async function runChecks(progress: Progress): Promise<Check[]> {
  const checked: Check[] = []
  for await (const check of checks()) {
    checked.push(check)
    if (!holds(check)) progress.note(`${check.what}: ${check.worst}, beyond ${check.tolerance}`)
  }
  return checked
}

const holds = ({ worst, tolerance }: Check) => worst <= tolerance

function checkLines(checked: readonly Check[]): string[] {
  const failed = checked.filter((check) => !holds(check))
  const lines = failed.map(({ what, worst, tolerance }) => `- FAILED: ${what}: ${worst}, beyond ${tolerance}`)
  return [`${checked.length - failed.length} of ${checked.length} checks against plain arithmetic hold`, ...lines]
}

async function gpuState() {
  const gpu = await Gpu.open('cbow')
  const { name, cudaVersion, processors } = gpu
  const { free, total } = gpu.memory()
  gpu.close()
  return { name, cudaVersion, processors, free, total }
}

const bytesOf = (path: string) => (path.endsWith('.gz') ? gunzipSync(readFileSync(path)).length : statSync(path).size)

const million = (value: number) => `${(value / 1e6).toFixed(1)} M`
