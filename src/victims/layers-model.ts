import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { UserError } from '../base/errors.js'
import type { Embeddings } from '../embeddings/embeddings.js'
import { readLayerWeights, withLayerWeights } from '../gradient/layer-weights.js'
import type { EmbeddedBatch, EncodedText, Parameter, Victim } from '../gradient/victim.js'
import type { Tokenizer } from '../text/tokenizer.js'
import { encodeWords, loneReading } from './encode.js'
import { logitsByRow, requireLogits } from './tensor-rows.js'

export interface LayersModelParts {
  /** Takes embeddings [B, C, D], padded with zeros, and gives [B, K]. */
  readonly model: LayersModel
  /** [K] names, at least 2. */
  readonly labels: readonly string[]
  /** [V, D]. */
  readonly embeddings: Embeddings
  readonly tokenizer: Tokenizer
  /** C, where the model leaves it open. Longer texts are cut, shorter ones padded. */
  readonly positions?: number
  /** What the model's last layer gives; probabilities (a softmax) are taken the logarithm of. `logits` unless given. */
  readonly output?: 'logits' | 'probabilities'
}

/** The least probability that is taken the logarithm of: the smallest normal float32. */
const LEAST = 2 ** -126

/**
 * A TensorFlow.js `LayersModel` as a victim. Its weights are read as they are now, so that the proof watches the model
 * itself. While it computes for an attack its layers get the frozen weights they are handed, not their own variables:
 * nothing that differentiates through it, however deep, finds a way to them.
 */
export class LayersModelVictim implements Victim {
  readonly kind = 'layers-model'
  readonly labels: readonly string[]
  readonly embeddings: Embeddings
  /** C: every example is padded to it. */
  readonly positions: number
  readonly readsAlone: Victim['readsAlone']
  readonly #parts: LayersModelParts

  /** @throws UserError when the model does not take [B, C, D], or keeps a state from call to call */
  constructor(parts: LayersModelParts) {
    if (parts.labels.length < 2) throw new RangeError(`at least 2 labels needed: ${parts.labels}`)
    this.labels = parts.labels
    this.embeddings = parts.embeddings
    this.positions = positionsOf(parts)
    this.#parts = parts
    this.readsAlone = loneReading(parts.tokenizer, parts.embeddings.vocabulary)
    if (parts.model.stateful) throw new UserError(`${parts.model.name}: a stateful model changes when it is read`)
  }

  /** Copies of the model's weights as they are now. */
  get parameters(): ReadonlyMap<string, Parameter> {
    const { vectors, dimensions, vocabulary } = this.embeddings
    const embeddings: Parameter = { values: vectors, shape: [vocabulary.size, dimensions], onTape: false }
    const { model } = this.#parts
    const weights = readLayerWeights(model).map((tensor, i): [string, Parameter] => [
      model.weights[i].name,
      { values: new Float32Array(tensor.dataSync()), shape: tensor.shape, onTape: true },
    ])
    return new Map([['embeddings', embeddings], ...weights])
  }

  /** The first {@link positions} known words: the model sees no more. */
  encode(text: string): EncodedText {
    const encoded = encodeWords(text, this.#parts.tokenizer, this.embeddings.vocabulary)
    const { ids, spans } = encoded
    return { ...encoded, ids: ids.slice(0, this.positions), spans: spans.slice(0, this.positions) }
  }

  logits(batch: EmbeddedBatch): Float32Array {
    return logitsByRow(this, batch)
  }

  /** @throws UserError when the model's output is not [B, K] */
  tensorLogits(embedded: tf.Tensor3D, mask: tf.Tensor2D, parameters: tf.NamedTensorMap): tf.Tensor2D {
    const { model, output } = this.#parts
    const missing = model.weights.find(({ name }) => parameters[name] === undefined)
    if (missing) throw new RangeError(`no value for the weight ${missing.name}`)
    const [rows, positions, dimensions] = embedded.shape
    const masked = tf.mul(embedded, tf.expandDims(mask, 2))
    // What is inserted may push words beyond those that the model sees.
    const seen = tf.slice(masked, [0, 0, 0], [rows, Math.min(positions, this.positions), dimensions])
    const padded = tf.pad(seen, [
      [0, 0],
      [0, Math.max(0, this.positions - positions)],
      [0, 0],
    ])
    const result = withLayerWeights(model.weights, new Map(Object.entries(parameters)), () =>
      model.apply(padded, { training: false }),
    )
    if (!(result instanceof tf.Tensor)) throw new UserError(`${model.name}: one output is needed`)
    requireLogits(model.name, result.shape, rows, this.labels.length)
    const logits: tf.Tensor2D = tf.reshape(result, [rows, this.labels.length])
    return output === 'probabilities' ? tf.log(tf.maximum(logits, LEAST)) : logits
  }
}

function positionsOf({ model, embeddings, positions }: LayersModelParts): number {
  const shape = model.inputs.length === 1 ? model.inputs[0].shape : []
  const [, C, D] = shape
  if (shape.length !== 3 || D !== embeddings.dimensions) {
    const inputs = model.inputs.map((input) => `[${input.shape.map((size) => size ?? 'any').join(', ')}]`)
    throw new UserError(`${model.name}: takes ${inputs.join(' and ')}; [B, C, ${embeddings.dimensions}] is needed`)
  }
  const wanted = C ?? positions
  if (wanted === undefined) throw new UserError(`${model.name}: leaves the number of words open; give positions`)
  if (positions !== undefined && positions !== wanted) {
    throw new UserError(`${model.name}: takes ${wanted} words, not the ${positions} that positions says`)
  }
  return wanted
}
