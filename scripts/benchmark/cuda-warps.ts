// How many warps may train at one time before the vectors suffer: trains on the emulated GPU with ever more warps in turns
// (src/kernels/cuda/emulator/in-turns.hpp), where each centre lacks the steps of all others of its round. Counts how many
// steps of rows fall together, for steps that are added, and for steps of which the last one stands (plain stores).
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'
import { UserError } from '../../src/base/errors.js'
import { readEmbeddings } from '../../src/embeddings/read-vectors.js'
import { createCommand, doing } from '../command-line/command.js'
import { addSchemaFlags, parseFlags } from '../command-line/schema-flags.js'
import { buildCudaEmulator } from './cuda-emulator.js'
import { wordScores } from './word-scores.js'

const Options = z.object({
  analogies: z.string().optional().describe("Google's questions-words.txt"),
  similarity: z.string().optional().describe('word<TAB>word<TAB>score lines'),
  processors: z
    .array(z.coerce.number().int().positive())
    .default([1, 8, 32, 132, 528])
    .describe('GPUs to play, by size'),
  writes: z
    .array(z.enum(['add', 'last']))
    .default(['add', 'last'])
    .describe('steps that fall together are added, or one stands'),
  epochs: z.int().min(1).default(5).describe('passes over the text'),
  seed: z.int().min(0).default(1).describe('key of all random draws'),
})

const Counts = z.object({ rounds: z.number(), steps: z.number(), together: z.number() })

/** Warps of a multiprocessor, as engine cuda has them. */
const WARPS_OF_PROCESSOR = 8

export const cudaWarpsBenchmark = createCommand(
  'cuda-warps',
  'Counts what collides as warps grow, on the emulated GPU, and what that does to the vectors.',
  'npm run benchmark -- cuda-warps enwiki-20mb.txt --analogies questions-words.txt --similarity wordsim353.txt',
).argument('<corpus>', 'plain text, a sentence a line')
doing(addSchemaFlags(cudaWarpsBenchmark, Options), async ([corpus], flags, { progress }) => {
  const { processors, writes, epochs, seed, ...tests } = parseFlags(Options, flags)
  const library = buildCudaEmulator()
  if (library === undefined) throw new UserError('there is no g++, which builds the emulated GPU; install it')
  const folder = await mkdtemp(join(tmpdir(), 'cbow-benchmark-'))
  const runs = []
  try {
    for (const write of writes) {
      for (const size of processors) {
        progress.note(`${size * WARPS_OF_PROCESSOR} warps, ${write}`)
        const output = join(folder, `${write}-${size}`)
        const counts = join(folder, 'counts.json')
        const environment = { EMULATOR_PROCESSORS: String(size), EMULATOR_TURNS: write, EMULATOR_COUNTS: counts }
        await promisify(execFile)(
          process.execPath,
          [
            fileURLToPath(new URL('./train-ours.js', import.meta.url)),
            ...[corpus, output, '1', String(epochs), String(seed), '{"engine":"cuda"}'],
          ],
          { env: { ...process.env, CBOW_CUDA_LIBRARY: library, ...environment } },
        )
        const { steps, together } = Counts.parse(JSON.parse(await readFile(counts, 'utf8')))
        const { loss } = z
          .object({ loss: z.number() })
          .parse(JSON.parse(await readFile(join(output, 'model.json'), 'utf8')))
        const scores = await wordScores(await readEmbeddings(join(output, 'vectors.bin')), tests)
        runs.push({ write, warps: size * WARPS_OF_PROCESSOR, share: together / steps, loss, ...scores })
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  const percent = (share: number | undefined) => (share === undefined ? '' : `${(100 * share).toFixed(1)}%`)
  return {
    lines: [
      '| steps that fall together | warps | of all steps | loss in the last epoch | analogies | WordSim-353 |',
      '|---|---|---|---|---|---|',
      ...runs.map(
        ({ write, warps, share, loss, analogies, similarity }) =>
          `| ${write === 'add' ? 'are added' : 'the last stands'} | ${warps} | ${percent(share)} | ${loss.toFixed(4)} | ` +
          `${percent(analogies)} | ${similarity?.toFixed(3) ?? ''} |`,
      ),
    ],
    json: { runs },
  }
})
