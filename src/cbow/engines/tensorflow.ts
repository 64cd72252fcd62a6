import { keepingTensorBackend, onBackend, type TensorBackend, useTensorBackend } from '../../gradient/tensorflow.js'
import { type Centre, centresOf } from '../centres.js'
import { Draws, drawTables } from '../draws.js'
import { negativesOf, treeOf } from '../losses.js'
import { initialSlots } from '../optimizer.js'
import { wholeWeights } from '../weight-rows.js'
import { denseTraining } from './dense-training.js'
import type { ChunkLoss, Engine, EngineJob } from './engine.js'
import { rowTraining } from './row-training.js'
import { tensorBatch } from './tensor-batch.js'

/**
 * Training by automatic differentiation of the losses in `tensor-loss.ts`, a batch of centres at a time. What
 * TensorFlow.js computes on for the rest of the program is as before whenever the engine is not at work.
 */
export async function tensorflowEngine(job: EngineJob, backend: TensorBackend | 'auto' = 'auto'): Promise<Engine> {
  const { corpus, settings, schedule, begin, slots = initialSlots(corpus.vocabulary.size, settings) } = job
  const shape = { words: corpus.vocabulary.size, dimensions: settings.dimensions }
  const weights = await wholeWeights(begin, shape)
  const runtime = await keepingTensorBackend(() => useTensorBackend(backend))
  const onRuntime = <T>(work: () => T): T => onBackend(runtime.backend, work)
  const negative = negativesOf(settings)
  const tree = treeOf(corpus.vocabulary.counts, settings)
  const draws = new Draws(settings.seed, settings.window, drawTables(corpus.vocabulary.counts, settings))
  const startTraining = settings.gradients === 'dense' ? denseTraining : rowTraining
  const training = onRuntime(() => startTraining(settings, weights, slots))

  function trainChunk(chunk: number): ChunkLoss {
    let loss = 0
    let centres = 0
    let batch: Centre[] = []
    const step = () => {
      if (batch.length > 0) loss += training.step(tensorBatch(batch, settings, corpus.vocabulary.size, tree))
      batch = []
    }
    for (const centre of centresOf(corpus.words, draws, schedule, negative, chunk, corpus.window.first[0])) {
      batch.push(centre)
      centres++
      if (batch.length === settings.batchSize) step()
    }
    step()
    return { loss, centres }
  }

  return {
    name: 'tensorflow',
    backend: runtime.backend,
    tensorflowVersion: runtime.tensorflowVersion,
    threads: 1,
    description: `${runtime.description}, ${training.description}`,
    async train(from, to) {
      const losses: ChunkLoss[] = []
      for (let chunk = from; chunk < to; chunk++) losses.push(onRuntime(() => trainChunk(chunk)))
      return losses
    },
    readRows: (matrix, first, into) => onRuntime(() => training.readRows(matrix, first, into)),
    weights: () => onRuntime(() => training.weights()),
    finish: async () => onRuntime(() => training.weights()),
    slots: () => onRuntime(() => training.slots()),
    async close() {
      onRuntime(() => training.dispose())
    },
  }
}
