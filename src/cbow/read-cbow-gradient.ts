import { UserError } from '../base/errors.js'
import { RowSums } from '../kernels/cbow-reference.js'
import { quoted } from '../text/quoted.js'
import type { CbowModel } from './cbow-model.js'
import { weighLogits } from './logit-weights.js'

/** What may be differentiated: `margin` is max over t != y of z_t, less z_y (Carlini and Wagner 2017). */
export const CBOW_GRADIENT_LOSSES = ['softmax', 'negative-sampling', 'margin'] as const
export type CbowGradientLoss = (typeof CBOW_GRADIENT_LOSSES)[number]

/** A word, or its number in the vocabulary. */
export type WordOrId = string | number

/** A window of text as CBOW sees it, words by number. */
export interface ContextExample {
  /** At least one; a word may repeat. */
  readonly context: readonly WordOrId[]
  /** The word in the middle. */
  readonly target: WordOrId
  /** The negatives of negative sampling, given and not drawn; one may repeat, and one that is the target is skipped. */
  readonly negatives?: readonly WordOrId[]
}

/** Some rows of a matrix: those that are not zero but for chance. */
export interface SparseRows {
  /** [R], rising. */
  readonly ids: Int32Array
  /** [R, D]. */
  readonly rows: Float32Array
}

/** Plain numbers: nothing of it is connected to the model. */
export interface CbowGradientReading {
  /** [B]. */
  readonly loss: Float64Array
  /** dL_b / dv_i, [B, D]: the same at every position of a context. */
  readonly embedded: Float32Array
  /** d(sum of L_b) / dW: a word that stands twice gets its share twice. */
  readonly input: SparseRows
  /** d(sum of L_b) / dU: the target and the negatives; all rows for the softmax; the target and its rival for the margin. */
  readonly output: SparseRows
}

/**
 * Reads the gradient of a CBOW loss with respect to everything that it depends on: the embedded words, the rows of W and
 * the rows of U, all at the weights as they stand. Nothing is drawn and nothing written. In float64 but for the result.
 *
 * With h the mean (or sum) of the context's rows, z = U h and g_j = dL/dz_j: dL/du_j = g_j h, dL/dv_i = a sum_j g_j u_j,
 * a = 1/C for the mean and 1 for the sum. This is the true gradient, also where a model is trained by word2vec's update.
 *
 * @throws UserError that names the example for a word that is unknown, an empty context, negatives that are missing or
 *   not asked for, and a vector or loss that is not finite; and for an empty list, or a model of hierarchical softmax
 */
export function readCbowGradient(
  model: CbowModel,
  examples: readonly ContextExample[],
  { loss }: { readonly loss: CbowGradientLoss },
): CbowGradientReading {
  if (model.settings.loss === 'hierarchical-softmax') {
    throw new UserError('a model of hierarchical softmax has no logits over words: its output rows are nodes of a tree')
  }
  if (examples.length === 0) throw new UserError('examples: the list is empty; give at least one')
  const D = model.dimensions
  const V = model.vocabulary.size
  const input = new RowSums(V, D)
  const output = new RowSums(V, D)
  const losses = new Float64Array(examples.length)
  const embedded = new Float32Array(examples.length * D)
  examples.forEach((example, b) => {
    const place = `examples[${b}]`
    const context = idsOf(model, example.context, place)
    if (context.length === 0) throw new UserError(`${place}: the context is empty; give at least one word`)
    const [target] = idsOf(model, [example.target], place)
    const negatives = idsOf(model, negativesOf(example, loss, place), place)
    const share = model.settings.mode === 'mean' ? 1 / context.length : 1
    const h = hiddenOf(model, context, share)
    const weighed = weighLogits(loss, model.outputEmbeddings, h, target, negatives)
    if (!Number.isFinite(weighed.loss))
      throw new UserError(`${place}: the loss is ${weighed.loss}; look at the weights`)
    losses[b] = weighed.loss
    const e = new Float64Array(D)
    for (const { row, weight } of weighed.weights) {
      output.add(row, weight, h)
      for (let d = 0; d < D; d++) e[d] += weight * model.outputEmbeddings[row * D + d]
    }
    for (const word of context) input.add(word, share, e)
    for (let d = 0; d < D; d++) embedded[b * D + d] = share * e[d]
  })
  return { loss: losses, embedded, input: sparse(input), output: sparse(output) }
}

function idsOf({ vocabulary }: CbowModel, words: readonly WordOrId[], place: string): Int32Array {
  return Int32Array.from(words, (word) => {
    const id = typeof word === 'number' ? word : vocabulary.idOf(word)
    if (id === undefined) throw new UserError(`${place}: the model does not know the word ${quoted(String(word))}`)
    if (Number.isInteger(id) && id >= 0 && id < vocabulary.size) return id
    throw new UserError(`${place}: no word has the number ${id}; the model knows 0 to ${vocabulary.size - 1}`)
  })
}

function negativesOf({ negatives }: ContextExample, loss: CbowGradientLoss, place: string): readonly WordOrId[] {
  if (loss === 'negative-sampling') {
    if (negatives === undefined) throw new UserError(`${place}: give its negatives; reading a gradient draws none`)
    return negatives
  }
  if (negatives !== undefined) throw new UserError(`${place}: loss ${loss} takes no negatives`)
  return []
}

function hiddenOf({ input, dimensions: D }: CbowModel, context: Int32Array, share: number): Float64Array {
  const h = new Float64Array(D)
  for (const word of context) for (let d = 0; d < D; d++) h[d] += share * input.vectors[word * D + d]
  return h
}

function sparse(sums: RowSums): SparseRows {
  const ids = Int32Array.from(sums.rows).sort()
  const rows = new Float32Array(ids.length * sums.dimensions)
  ids.forEach((id, r) => {
    rows.set(sums.of(id), r * sums.dimensions)
  })
  return { ids, rows }
}
