import * as tf from '@tensorflow/tfjs-core'
import type { HuffmanTree } from '../../kernels/huffman-tree.js'
import type { CbowSettings } from '../cbow-options.js'
import type { Centre } from '../centres.js'
import { negativesOf } from '../losses.js'
import { hiddenOf, signedLoss, softmaxLoss } from '../tensor-loss.js'

/** A place where no row stands. */
export const NO_ROW = -1

/** Some centres: which rows of W and U they read, and the loss over them. B centres, C positions of context. */
export interface TensorBatch {
  /** C, of the longest context. */
  readonly positions: number
  /** Rows of W, [B C]; {@link NO_ROW} after the words of a shorter context. */
  readonly contexts: Int32Array
  /** Rows of U; {@link NO_ROW} where a place is empty. */
  readonly outputs: Int32Array
  /** Of the first centre. */
  readonly learningRate: number
  /**
   * The summed loss of the batch, on TensorFlow's tape.
   * @param sum of each context's rows, [B, D]
   * @param output the rows `outputs`, zeros where none stands
   */
  loss(sum: tf.Tensor2D, output: tf.Tensor2D): tf.Scalar
}

type LossSettings = Pick<CbowSettings, 'loss' | 'negative' | 'mode' | 'update'>

/** @param words V */
export function tensorBatch(
  centres: readonly Centre[],
  settings: LossSettings,
  words: number,
  tree?: HuffmanTree,
): TensorBatch {
  const batch = centres.length
  const positions = centres.reduce((most, { context }) => Math.max(most, context.length), 0)
  const contexts = new Int32Array(batch * positions).fill(NO_ROW)
  centres.forEach(({ context }, b) => {
    contexts.set(context, b * positions)
  })
  const { rows, loss } = settings.loss === 'softmax' ? wholeVocabulary(centres, words) : signed(centres, settings, tree)
  return {
    positions,
    contexts,
    outputs: rows,
    learningRate: centres[0].learningRate,
    loss(sum, output) {
      const counts = tf.tensor2d(
        centres.map(({ context }) => context.length),
        [batch, 1],
      )
      const hidden = hiddenOf(sum, counts, settings.mode, settings.update)
      return tf.sum<tf.Scalar>(loss(hidden, output))
    },
  }
}

interface OutputRows {
  readonly rows: Int32Array
  loss(hidden: tf.Tensor2D, output: tf.Tensor2D): tf.Tensor1D
}

function wholeVocabulary(centres: readonly Centre[], words: number): OutputRows {
  const targets = centres.map(({ target }) => target)
  return {
    rows: Int32Array.from({ length: words }, (_, word) => word),
    loss: (hidden, output) => softmaxLoss(hidden, output, tf.tensor1d(targets, 'int32')),
  }
}

/** The target and its negatives, or the inner nodes on its path; a negative that is the target is left out. */
function signed(centres: readonly Centre[], settings: LossSettings, tree?: HuffmanTree): OutputRows {
  const perCentre = tree?.depth ?? negativesOf(settings) + 1
  const rows = new Int32Array(centres.length * perCentre).fill(NO_ROW)
  // -1 for a row that is to be raised, 1 for one to be lowered, 0 for a place that is empty.
  const signs = new Float32Array(rows.length)
  centres.forEach(({ target, negatives }, b) => {
    const at = b * perCentre
    if (tree) {
      const [from, to] = [tree.starts[target], tree.starts[target + 1]]
      rows.set(tree.nodes.subarray(from, to), at)
      for (let i = from; i < to; i++) signs[at + i - from] = tree.turns[i] === 0 ? -1 : 1
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
  const shape: [number, number] = [centres.length, perCentre]
  return {
    rows,
    loss: (hidden, output) =>
      signedLoss(hidden, tf.reshape(output, [...shape, output.shape[1]]), tf.tensor2d(signs, shape)),
  }
}
