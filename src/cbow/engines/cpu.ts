import { CbowReference } from '../../kernels/cbow-reference.js'
import { centresOf } from '../centres.js'
import { Draws, drawTables } from '../draws.js'
import { negativesOf, treeOf } from '../losses.js'
import { initialSlots, StepCounter, slotNames } from '../optimizer.js'
import { descendRows } from '../row-optimizer.js'
import { type Matrix, rowsOf, wholeWeights } from '../weight-rows.js'
import type { ChunkLoss, Engine, EngineJob } from './engine.js'

/** The plain reference: float64 sums, one thread, word by word or in batches. */
export async function cpuEngine(job: EngineJob): Promise<Engine> {
  const { corpus, settings, schedule, begin } = job
  const slots = job.slots ?? initialSlots(corpus.vocabulary.size, settings)
  const weights = await wholeWeights(begin, { words: corpus.vocabulary.size, dimensions: settings.dimensions })
  const draws = new Draws(settings.seed, settings.window, drawTables(corpus.vocabulary.counts, settings))
  const tree = treeOf(corpus.vocabulary.counts, settings)
  const reference = new CbowReference({ ...weights, dimensions: settings.dimensions }, { ...settings, tree })
  const slotsOf = (matrix: Matrix) => slotNames(settings.optimizer, matrix).flatMap((name) => slots.get(name) ?? [])
  const tables = [
    { matrix: weights.input, sums: reference.inputSums, slots: slotsOf('input') },
    { matrix: weights.output, sums: reference.outputSums, slots: slotsOf('output') },
  ]
  const steps = new StepCounter(slots)

  function step(learningRate: number): void {
    const t = steps.next()
    for (const { matrix, sums, slots } of tables) {
      descendRows(settings.optimizer, matrix, sums, slots, learningRate, t)
    }
  }

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
      step(learningRate)
      inBatch = 0
    }
    if (inBatch > 0) step(learningRate)
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
    slots: () => slots,
    finish: async () => weights,
    async close() {},
  }
}
