import * as tf from '@tensorflow/tfjs-core'
import { UserError } from '../base/errors.js'
import type { CbowModel } from '../cbow/cbow-model.js'
import type { Embeddings } from '../embeddings/embeddings.js'
import { linearLogits } from '../gradient/linear-logits.js'
import type { Pooling } from '../gradient/pooling.js'
import type { EmbeddedBatch, EncodedText, LinearForm, Parameter, Victim } from '../gradient/victim.js'
import { withoutBlanks } from '../text/blank.js'
import { withPhrases } from '../text/phrases.js'
import type { Tokenizer } from '../text/tokenizer.js'
import { tokenizerOf } from '../text/tokenizers.js'
import { encodeWords, loneReading } from './encode.js'
import { tensorPool } from './tensor-pooling.js'

/**
 * A CBOW model as a victim: it predicts the word in the middle of a window by the full softmax over its vocabulary,
 * logits = U · h with h the mean (or sum) of the context's input embeddings. K = V, and the labels are the words. A
 * window is written `the quick ___ jumps over`.
 */
export class CentreWord implements Victim {
  readonly kind = 'centre-word'
  readonly parameters: ReadonlyMap<string, Parameter>
  readonly readsAlone: Victim['readsAlone']
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
    this.readsAlone = loneReading(tokenizer, embeddings.vocabulary)
    this.parameters = new Map<string, Parameter>([
      ['input_embeddings', { values: embeddings.vectors, shape: [V, D], onTape: false }],
      ['output_embeddings', { values: outputEmbeddings, shape: [V, D], onTape: true }],
    ])
    this.linear = { output: outputEmbeddings, bias: new Float32Array(V), pooling }
  }

  /**
   * A trained model as a victim: the model's own arrays, not copies.
   * @throws UserError when the model names a tokenizer that is not known, or was trained with hierarchical softmax:
   *   its output rows are nodes of a tree, and give no logits that are linear in the context
   */
  static of({ input, outputEmbeddings, settings, phrases }: CbowModel): CentreWord {
    if (settings.loss === 'hierarchical-softmax') {
      throw new UserError(
        'a model of hierarchical softmax has no logits over words (its output rows are nodes of a tree); ' +
          'train one with --loss negative-sampling or softmax to attack it',
      )
    }
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

  /** Each row by itself, so that a row's bytes never depend on its batch. */
  logits(batch: EmbeddedBatch): Float32Array {
    return linearLogits(this.linear, batch)
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
