import { CbowCuda, type Grid, type StretchTotals } from '../../kernels/cuda/cbow-cuda.js'
import { Gpu } from '../../kernels/cuda/gpu.js'
import { LONGEST_SENTENCE } from '../encoded-corpus.js'
import { CHUNK_WORDS } from '../schedule.js'
import { blocksOf } from '../weight-rows.js'
import { cudaGrid } from './cuda-grid.js'
import type { ChunkLoss, Engine, EngineJob } from './engine.js'
import { kernelSettings } from './kernel-settings.js'

/** Trains centre after centre, as the reference does. */
const ONE_WARP: Grid = { blocks: 1, warpsOfBlock: 1 }

/**
 * Our kernel on a GPU, by the NVIDIA driver alone. Many centres are trained at one time, and their steps are added to the
 * weights in no certain order, so that two runs differ a little; reproducible runs are one warp's.
 * @param grid how many; by default as many as the GPU does well with
 * @throws UserError where there is no GPU that can do it, or the engine cannot do what is asked for
 */
export async function cudaEngine(job: EngineJob, grid?: Grid): Promise<Engine> {
  const { corpus, settings, schedule, begin, lockstep } = job
  const gpu = await Gpu.open('cbow')
  try {
    const cbow = new CbowCuda(
      gpu,
      {
        ...kernelSettings(settings, corpus.vocabulary.counts, schedule),
        chunkWords: CHUNK_WORDS,
        longestSentence: LONGEST_SENTENCE,
      },
      grid ?? (lockstep ? ONE_WARP : cudaGrid(corpus.vocabulary.counts, settings, gpu.processors)),
    )
    const shape = { words: corpus.vocabulary.size, dimensions: settings.dimensions }
    for (const matrix of ['input', 'output'] as const) {
      for await (const { first, values } of blocksOf(begin, matrix, shape)) cbow.putRows(matrix, first, values)
    }
    const weights = () => ({ input: cbow.matrix('input'), output: cbow.matrix('output') })
    return {
      name: 'cuda',
      backend: 'cuda',
      gpu: gpu.name,
      cudaVersion: gpu.cudaVersion,
      threads: 1,
      description:
        `our CUDA kernel on ${gpu.name} (CUDA ${gpu.cudaVersion}), the corpus ` +
        (cbow.isResident ? 'in its memory' : 'streaming through its memory') +
        (lockstep ? ', one centre at a time' : ''),
      async train(from, to) {
        const chunks: ChunkLoss[] = []
        for (const stretch of schedule.stretches(from, to)) {
          const totals = await cbow.train(corpus.words, corpus.window.first[0], stretch)
          chunks.push(...chunkLosses(totals))
        }
        return chunks
      },
      readRows: (matrix, first, into) => cbow.readRows(matrix, first, into),
      weights,
      async finish() {
        return weights()
      },
      async close() {
        gpu.close()
      },
    }
  } catch (error) {
    gpu.close()
    throw error
  }
}

function chunkLosses({ loss, centres }: StretchTotals): ChunkLoss[] {
  return Array.from(loss, (sum, i) => ({ loss: sum, centres: centres[i] }))
}
