import { CbowReference } from '../../kernels/cbow-reference.js'
import { centresOf } from '../centres.js'
import { Draws, drawTables } from '../draws.js'
import { negativesOf, treeOf } from '../losses.js'
import { rowsOf, wholeWeights } from '../weight-rows.js'
import type { ChunkLoss, Engine, EngineJob } from './engine.js'

/** The plain reference: float64 sums, one thread, word by word or in batches. */
export async function cpuEngine({ corpus, settings, schedule, begin }: EngineJob): Promise<Engine> {
  const weights = await wholeWeights(begin, { words: corpus.vocabulary.size, dimensions: settings.dimensions })
  const draws = new Draws(settings.seed, settings.window, drawTables(corpus.vocabulary.counts, settings))
  const tree = treeOf(corpus.vocabulary.counts, settings)
  const reference = new CbowReference({ ...weights, dimensions: settings.dimensions }, { ...settings, tree })

  function trainChunk(chunk: number): ChunkLoss {
    let loss = 0
    let centres = 0
    let inBatch = 0
    let learningRate = 0
    const first = corpus.window.first[0]
    for (const centre of centresOf(corpus.words, draws, schedule, negativesOf(settings), chunk, first)) {
      if (inBatch === 0) learningRate = centre.learningRate
      loss += reference.accumulate(centre)
      centres++
      inBatch++
      if (inBatch < settings.batchSize) continue
      reference.descend(learningRate)
      inBatch = 0
    }
    reference.descend(learningRate)
    return { loss, centres }
  }

  return {
    name: 'cpu',
    backend: 'cpu',
    threads: 1,
    description: 'the plain reference in JavaScript, one thread',
    async train(from, to) {
      const losses: ChunkLoss[] = []
      for (let chunk = from; chunk < to; chunk++) losses.push(trainChunk(chunk))
      return losses
    },
    ...rowsOf(weights, settings.dimensions),
    weights: () => weights,
    finish: async () => weights,
    async close() {},
  }
}
