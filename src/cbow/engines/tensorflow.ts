import * as tf from '@tensorflow/tfjs-core'
import { useTensorBackend } from '../../gradient/tensorflow.js'
import { RowSums } from '../../kernels/cbow-reference.js'
import { type Centre, centresOf } from '../centres.js'
import { Draws, drawTables } from '../draws.js'
import { negativesOf, treeOf } from '../losses.js'
import { hiddenOf, signedLoss, softmaxLoss } from '../tensor-loss.js'
import { rowsOf, wholeWeights } from '../weight-rows.js'
import type { ChunkLoss, Engine, EngineJob } from './engine.js'

/**
 * Training by automatic differentiation of the losses in `tensor-loss.ts`, a batch of centres at a time. The tables
 * stay in JavaScript: the leaves of the tape are the rows that a batch has gathered (the gradient of a gather from the
 * whole table is missing on some backends and slow on others), and their gradients are summed per row and applied here.
 */
export async function tensorflowEngine({ corpus, settings, schedule, begin }: EngineJob): Promise<Engine> {
  const runtime = await useTensorBackend()
  const { dimensions, mode, update, loss: lossName } = settings
  const weights = await wholeWeights(begin, { words: corpus.vocabulary.size, dimensions })
  const negative = negativesOf(settings)
  const tree = treeOf(corpus.vocabulary.counts, settings)
  const draws = new Draws(settings.seed, settings.window, drawTables(corpus.vocabulary.counts, settings))
  const inputSums = new RowSums(corpus.vocabulary.size, dimensions)
  const outputSums = new RowSums(corpus.vocabulary.size, dimensions)
  const trainsInput = settings.train.includes('input')
  const trainsOutput = settings.train.includes('output')

  /** Takes one step along the gradients of a batch, at the learning rate of its first centre; returns its loss. */
  function trainBatch(batch: readonly Centre[]): number {
    const positions = batch.reduce((most, { context }) => Math.max(most, context.length), 0)
    const contexts = gatherRows(
      weights.input,
      dimensions,
      batch.map(({ context }) => context),
      positions,
    )
    const outputs = outputsOf(batch)
    let lossSum = 0
    let contextGradient: Float32Array = new Float32Array()
    let outputGradient: Float32Array = new Float32Array()
    tf.tidy(() => {
      const counts = tf.tensor2d(
        batch.map(({ context }) => context.length),
        [batch.length, 1],
      )
      const differentiate = tf.valueAndGrads((context: tf.Tensor, output: tf.Tensor) => {
        const hidden = hiddenOf(context as tf.Tensor3D, counts, mode, update)
        return tf.sum<tf.Scalar>(outputs.loss(hidden, output))
      })
      const { value, grads } = differentiate([
        tf.tensor3d(contexts, [batch.length, positions, dimensions]),
        tf.tensor(outputs.values, outputs.shape),
      ])
      lossSum = value.dataSync()[0]
      contextGradient = grads[0].dataSync<'float32'>()
      outputGradient = grads[1].dataSync<'float32'>()
    })
    if (trainsInput) {
      const stride = positions * dimensions
      batch.forEach(({ context }, b) => {
        context.forEach((word, c) => {
          inputSums.add(word, 1, contextGradient, b * stride + c * dimensions)
        })
      })
    }
    if (trainsOutput) {
      outputs.rows.forEach((word, n) => {
        if (word >= 0) outputSums.add(word, 1, outputGradient, n * dimensions)
      })
    }
    inputSums.descend(weights.input, batch[0].learningRate)
    outputSums.descend(weights.output, batch[0].learningRate)
    return lossSum
  }

  /** The output rows of a batch as a leaf, whose words they are (-1: skipped), and the loss over them. */
  function outputsOf(batch: readonly Centre[]) {
    if (lossName === 'softmax') {
      const targets = batch.map(({ target }) => target)
      return {
        values: weights.output,
        shape: [corpus.vocabulary.size, dimensions],
        rows: Int32Array.from({ length: corpus.vocabulary.size }, (_, word) => word),
        loss: (hidden: tf.Tensor2D, output: tf.Tensor) =>
          softmaxLoss(hidden, output as tf.Tensor2D, tf.tensor1d(targets, 'int32')),
      }
    }
    const perCentre = tree?.depth ?? negative + 1
    const rows = new Int32Array(batch.length * perCentre).fill(-1)
    // -1 for a row that is to be raised, 1 for one to be lowered, 0 for a place that is empty.
    const signs = new Float32Array(rows.length)
    batch.forEach(({ target, negatives }, b) => {
      const at = b * perCentre
      if (tree) {
        const path = tree.nodes.subarray(tree.starts[target], tree.starts[target + 1])
        rows.set(path, at)
        path.forEach((_, i) => {
          signs[at + i] = tree.turns[tree.starts[target] + i] === 0 ? -1 : 1
        })
        return
      }
      rows[at] = target
      signs[at] = -1
      negatives.forEach((word, n) => {
        if (word === target) return
        rows[at + 1 + n] = word
        signs[at + 1 + n] = 1
      })
    })
    return {
      values: gatherRows(weights.output, dimensions, [rows], rows.length),
      shape: [batch.length, perCentre, dimensions],
      rows,
      loss: (hidden: tf.Tensor2D, output: tf.Tensor) =>
        signedLoss(hidden, output as tf.Tensor3D, tf.tensor2d(signs, [batch.length, perCentre])),
    }
  }

  function trainChunk(chunk: number): ChunkLoss {
    let loss = 0
    let centres = 0
    let batch: Centre[] = []
    for (const centre of centresOf(corpus.words, draws, schedule, negative, chunk, corpus.window.first[0])) {
      batch.push(centre)
      centres++
      if (batch.length < settings.batchSize) continue
      loss += trainBatch(batch)
      batch = []
    }
    if (batch.length > 0) loss += trainBatch(batch)
    return { loss, centres }
  }

  return {
    name: 'tensorflow',
    backend: runtime.backend,
    tensorflowVersion: runtime.tensorflowVersion,
    threads: 1,
    description: runtime.description,
    async train(from, to) {
      const losses: ChunkLoss[] = []
      for (let chunk = from; chunk < to; chunk++) losses.push(trainChunk(chunk))
      return losses
    },
    ...rowsOf(weights, dimensions),
    weights: () => weights,
    finish: async () => weights,
    async close() {},
  }
}

/** Copies rows of a table [V, D] to [lists, length, D]; zeros where a list is shorter or holds -1. */
function gatherRows(table: Float32Array, dimensions: number, lists: readonly Int32Array[], length: number) {
  const rows = new Float32Array(lists.length * length * dimensions)
  lists.forEach((list, l) => {
    list.forEach((word, i) => {
      if (word < 0) return
      const at = word * dimensions
      rows.set(table.subarray(at, at + dimensions), (l * length + i) * dimensions)
    })
  })
  return rows
}
