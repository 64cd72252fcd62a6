import * as tf from '@tensorflow/tfjs-core'
import type { CbowModel } from '../cbow/cbow-model.js'
import type { Embeddings } from '../embeddings/embeddings.js'
import type { EmbeddedBatch, EncodedText, LinearForm, Parameter, Victim } from '../gradient/victim.js'
import { withoutBlanks } from '../text/blank.js'
import { withPhrases } from '../text/phrases.js'
import type { Tokenizer } from '../text/tokenizer.js'
import { tokenizerOf } from '../text/tokenizers.js'
import { encodeWords } from './encode.js'
import { type Pooling, pool } from './pooling.js'
import { tensorPool } from './tensor-pooling.js'

/**
 * A CBOW model as a victim: it predicts the word in the middle of a window by the full softmax over its vocabulary,
 * logits = U · h with h the mean (or sum) of the context's input embeddings. K = V, and the labels are the words. A
 * window is written `the quick ___ jumps over`.
 */
export class CentreWord implements Victim {
  readonly kind = 'centre-word'
  readonly parameters: ReadonlyMap<string, Parameter>
  readonly linear: LinearForm

  /**
   * @param embeddings the input embeddings W, [V, D]
   * @param outputEmbeddings U, [V, D]
   * @param pooling how the model was trained to take its context
   * @param tokenizer the one the model was trained with
   * @param window context words on each side of the centre
   */
  constructor(
    readonly embeddings: Embeddings,
    readonly outputEmbeddings: Float32Array,
    readonly pooling: Pooling,
    readonly tokenizer: Tokenizer,
    readonly window = 5,
  ) {
    const D = embeddings.dimensions
    const V = embeddings.vocabulary.size
    if (V < 2) throw new RangeError(`a centre word needs at least 2 words, ${V} given`)
    if (outputEmbeddings.length !== V * D) {
      throw new RangeError(`${outputEmbeddings.length} output values for ${V} words of ${D} dimensions`)
    }
    this.parameters = new Map<string, Parameter>([
      ['input_embeddings', { values: embeddings.vectors, shape: [V, D], onTape: false }],
      ['output_embeddings', { values: outputEmbeddings, shape: [V, D], onTape: true }],
    ])
    this.linear = { output: outputEmbeddings, bias: new Float32Array(V), pooling }
  }

  /**
   * A trained model as a victim: the model's own arrays, not copies.
   * @throws UserError when the model names a tokenizer that is not known
   */
  static of({ input, outputEmbeddings, settings, phrases }: CbowModel): CentreWord {
    const tokenizer = withPhrases(tokenizerOf(settings.tokenizer), phrases)
    return new CentreWord(input, outputEmbeddings, settings.mode, tokenizer, settings.window)
  }

  get labels(): readonly string[] {
    return this.embeddings.vocabulary.words
  }

  /** The context words of a window; the blank of the centre word is no word, whatever the tokenizer makes of it. */
  encode(text: string): EncodedText {
    return encodeWords(text, this.tokenizer, this.embeddings.vocabulary, withoutBlanks(text))
  }

  /**
   * Summed in float64, each row by itself, so that a row's bytes never depend on its batch. An output row is read once
   * for all examples; four partial sums let the processor add without waiting for the sum before.
   */
  logits(batch: EmbeddedBatch): Float32Array {
    const U = this.outputEmbeddings
    const D = this.embeddings.dimensions
    const V = this.embeddings.vocabulary.size
    const pooled = pool(batch, this.pooling)
    const rows = batch.offsets.length - 1
    const logits = new Float32Array(rows * V)
    const whole = D - (D % 4)
    for (let v = 0; v < V; v++) {
      const u = v * D
      for (let b = 0; b < rows; b++) {
        const h = b * D
        let sum0 = 0
        let sum1 = 0
        let sum2 = 0
        let sum3 = 0
        for (let d = 0; d < whole; d += 4) {
          sum0 += pooled[h + d] * U[u + d]
          sum1 += pooled[h + d + 1] * U[u + d + 1]
          sum2 += pooled[h + d + 2] * U[u + d + 2]
          sum3 += pooled[h + d + 3] * U[u + d + 3]
        }
        for (let d = whole; d < D; d++) sum0 += pooled[h + d] * U[u + d]
        logits[b * V + v] = sum0 + sum1 + (sum2 + sum3)
      }
    }
    return logits
  }

  tensorLogits(embedded: tf.Tensor3D, mask: tf.Tensor2D, parameters: tf.NamedTensorMap): tf.Tensor2D {
    return outputProduct(tensorPool(embedded, mask, this.pooling), parameters.output_embeddings)
  }
}

/**
 * h U^T and its gradient with respect to h, dy U: [B, D] and [V, D] to [B, V]. TensorFlow.js's wasm backend takes 107 ms
 * for `matMul(h, U, false, true)` with 64 rows and 25,000 words, and 14 ms for the transpose of U h^T; the gradient of
 * the latter would be slow again. U is only read.
 */
function outputProduct(h: tf.Tensor2D, U: tf.Tensor): tf.Tensor2D {
  const product = tf.customGrad<tf.Tensor2D>((_, save) => {
    if (typeof save === 'function') save([U])
    const value: tf.Tensor2D = tf.transpose(tf.matMul(U, tf.transpose(h)))
    return { value, gradFunc: (dy, [saved]) => tf.matMul(dy, saved) }
  })
  return product(h)
}
