import * as tf from '@tensorflow/tfjs-core'
import type { Embeddings } from '../embeddings/embeddings.js'
import { linearLogits } from '../gradient/linear-logits.js'
import type { EmbeddedBatch, EncodedText, LinearForm, Parameter, Victim } from '../gradient/victim.js'
import type { Tokenizer } from '../text/tokenizer.js'
import { encodeWords, loneReading } from './encode.js'
import { tensorPool } from './tensor-pooling.js'

/** Mean of the embeddings of a text's known words, then a linear layer: logits = mean(embedded) · weights + bias. */
export class TextClassifier implements Victim {
  readonly kind = 'text-classifier'
  readonly parameters: ReadonlyMap<string, Parameter>
  readonly readsAlone: Victim['readsAlone']

  /**
   * @param embeddings [V, D]
   * @param weights [D, K], row-major
   * @param bias [K]
   * @param labels K distinct names, at least 2
   * @param tokenizer the one the classifier was trained with
   */
  constructor(
    readonly embeddings: Embeddings,
    readonly weights: Float32Array,
    readonly bias: Float32Array,
    readonly labels: readonly string[],
    readonly tokenizer: Tokenizer,
  ) {
    const D = embeddings.dimensions
    const K = labels.length
    if (K < 2 || new Set(labels).size !== K) throw new RangeError(`at least 2 distinct labels needed: ${labels}`)
    if (weights.length !== D * K) throw new RangeError(`${weights.length} weights for ${D} dimensions and ${K} labels`)
    if (bias.length !== K) throw new RangeError(`${bias.length} biases for ${K} labels`)
    this.readsAlone = loneReading(tokenizer, embeddings.vocabulary)
    this.parameters = new Map<string, Parameter>([
      ['embeddings', { values: embeddings.vectors, shape: [embeddings.vocabulary.size, D], onTape: false }],
      ['weights', { values: weights, shape: [D, K], onTape: true }],
      ['bias', { values: bias, shape: [K], onTape: true }],
    ])
  }

  encode(text: string): EncodedText {
    return encodeWords(text, this.tokenizer, this.embeddings.vocabulary)
  }

  /** Each row by itself, so that a row's bytes never depend on its batch. */
  logits(batch: EmbeddedBatch): Float32Array {
    return linearLogits(this.linear, batch)
  }

  tensorLogits(embedded: tf.Tensor3D, mask: tf.Tensor2D, { weights, bias }: tf.NamedTensorMap): tf.Tensor2D {
    return tf.add(tf.matMul(tensorPool(embedded, mask, 'mean'), weights), bias)
  }

  /** Copied from the weights at each read. */
  get linear(): LinearForm {
    const K = this.bias.length
    const D = this.embeddings.dimensions
    const output = new Float32Array(K * D)
    for (let d = 0; d < D; d++) {
      for (let k = 0; k < K; k++) output[k * D + d] = this.weights[d * K + k]
    }
    return { output, bias: this.bias, pooling: 'mean' }
  }
}
