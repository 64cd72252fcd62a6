// How many warps may train at one time before the vectors suffer: trains on the emulated GPU with ever more warps in turns
// (src/kernels/cuda/emulator/in-turns.hpp), where each centre lacks the steps of all others of its round. Counts how many
// steps of rows fall together, for steps that are added, and for steps of which the last one stands (plain stores).
import { load } from 'koffi'
import { z } from 'zod'
import { UserError } from '../../src/base/errors.js'
import { defaultSettings } from '../../src/cbow/cbow-options.js'
import { initialRows } from '../../src/cbow/draws.js'
import { type EncodedCorpus, encodeFiles } from '../../src/cbow/encoded-corpus.js'
import { cudaEngine } from '../../src/cbow/engines/cuda.js'
import { Schedule } from '../../src/cbow/schedule.js'
import { Embeddings } from '../../src/embeddings/embeddings.js'
import { createCommand, doing } from '../command-line/command.js'
import { addSchemaFlags, parseFlags } from '../command-line/schema-flags.js'
import { buildCudaEmulator } from './cuda-emulator.js'
import { wordScores } from './word-scores.js'

const Options = z.object({
  analogies: z.string().optional().describe("Google's questions-words.txt"),
  similarity: z.string().optional().describe('word<TAB>word<TAB>score lines'),
  warps: z.array(z.coerce.number().int().positive()).default([1, 64, 1056, 4224]).describe('warps that take turns'),
  writes: z
    .array(z.enum(['add', 'last']))
    .default(['add', 'last'])
    .describe('steps that fall together are added, or one stands'),
  epochs: z.int().min(1).default(5).describe('passes over the text'),
  seed: z.int().min(0).default(1).describe('key of all random draws'),
})

export const cudaWarpsBenchmark = createCommand(
  'cuda-warps',
  'Counts what collides as warps grow, on the emulated GPU, and what that does to the vectors.',
  'npm run benchmark -- cuda-warps enwiki-20mb.txt --analogies questions-words.txt --similarity wordsim353.txt',
).argument('<corpus>', 'plain text, a sentence a line')
doing(addSchemaFlags(cudaWarpsBenchmark, Options), async ([path], flags, { progress }) => {
  const { warps, writes, epochs, seed, ...tests } = parseFlags(Options, flags)
  const library = buildCudaEmulator()
  if (library === undefined) throw new UserError('there is no g++, which builds the emulated GPU; install it')
  process.env.CBOW_CUDA_LIBRARY = library
  const settings = defaultSettings({ epochs, seed })
  const corpus = await encodeFiles([path], settings)
  const runs = []
  for (const write of writes) {
    for (const number of warps) {
      progress.note(`${number} warps, ${write}`)
      process.env.EMULATOR_TURNS = write
      const { input, ...counted } = await trained(corpus, settings, number, library)
      runs.push({ write, warps: number, ...counted, ...(await wordScores(input, tests)) })
    }
  }
  const percent = (share: number | undefined) => (share === undefined ? '' : `${(100 * share).toFixed(1)}%`)
  return {
    lines: [
      '| steps of a row that fall together | warps | of all steps | loss in the last epoch | analogies | WordSim-353 |',
      '|---|---|---|---|---|---|',
      ...runs.map(
        ({ write, warps, together, loss, analogies, similarity }) =>
          `| ${write === 'add' ? 'are added' : 'the last stands'} | ${warps} | ${percent(together)} | ${loss.toFixed(4)} | ` +
          `${percent(analogies)} | ${similarity?.toFixed(3) ?? ''} |`,
      ),
    ],
    json: { runs },
  }
})

/** A model that so many warps have trained, its loss, and the share of steps that fell together. */
async function trained(
  corpus: EncodedCorpus,
  settings: ReturnType<typeof defaultSettings>,
  warps: number,
  library: string,
) {
  const counter = (name: string) => Number(load(library).func(`uint64_t ${name}()`)())
  const [steps, together] = [counter('emulatorSteps'), counter('emulatorTogether')]
  const schedule = new Schedule(corpus.window.length, settings.epochs, settings.learningRate)
  const begin = initialRows(settings)
  // Blocks of one warp: the emulator knows no difference.
  const grid = { blocks: warps, warpsOfBlock: 1 }
  const engine = await cudaEngine({ corpus, settings, schedule, begin, threads: 1, lockstep: false }, grid)
  const chunks = await engine.train(0, schedule.chunks)
  const { input } = engine.weights()
  await engine.close()
  const last = chunks.slice(-schedule.chunksPerEpoch)
  const sum = (of: 'loss' | 'centres') => last.reduce((total, chunk) => total + chunk[of], 0)
  return {
    input: new Embeddings(corpus.vocabulary, input, settings.dimensions),
    loss: sum('loss') / sum('centres'),
    together: (counter('emulatorTogether') - together) / (counter('emulatorSteps') - steps),
  }
}
