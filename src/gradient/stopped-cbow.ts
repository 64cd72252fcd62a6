import * as tf from '@tensorflow/tfjs-core'
import { UserError } from '../base/errors.js'
import { CBOW_PARAMETERS, type CbowParameter } from '../embeddings/cbow-parameters.js'
import type { Embeddings } from '../embeddings/embeddings.js'
import type { Pooling } from './pooling.js'
import { stopGradient } from './stop-gradient.js'

/** What of a `CbowModel` its logits depend on. */
export interface CbowWeights {
  readonly input: Embeddings
  readonly outputEmbeddings: Float32Array
  readonly settings: { readonly mode: Pooling }
}

/**
 * A CBOW model on the tape, with some of its parameters as constants. The model's own arrays are copied and never written.
 * Its variables are the caller's to dispose.
 */
export class StoppedCbow {
  /** Copies of W and U, to be handed to an optimiser. */
  readonly parameters: Readonly<Record<CbowParameter, tf.Variable<tf.Rank.R2>>>
  readonly #mode: Pooling
  readonly #stopped: ReadonlySet<string>

  constructor({ input, outputEmbeddings, settings }: CbowWeights, stopped: readonly string[]) {
    const shape: [number, number] = [input.vocabulary.size, input.dimensions]
    const variableOf = (values: Float32Array) => tf.tidy(() => tf.variable(tf.tensor2d(values.slice(), shape)))
    this.parameters = {
      [CBOW_PARAMETERS.input]: variableOf(input.vectors),
      [CBOW_PARAMETERS.output]: variableOf(outputEmbeddings),
    }
    this.#mode = settings.mode
    this.#stopped = new Set(stopped)
  }

  /**
   * Logits U h, [B, V], of the words' numbers in B contexts; h is the mean or the sum of a context's rows of W, taken as a
   * product with a matrix [B, V]: the gradient of a gather is missing on WebAssembly.
   * @throws UserError for an empty context and for a number that is no word's
   */
  apply(contexts: readonly ArrayLike<number>[]): tf.Tensor2D {
    return tf.tidy(() => {
      const hidden = tf.matMul(this.#sharesOf(contexts), this.#read(CBOW_PARAMETERS.input))
      return tf.matMul(hidden, this.#read(CBOW_PARAMETERS.output), false, true)
    })
  }

  /** Frees the variables. */
  dispose(): void {
    tf.dispose(Object.values(this.parameters))
  }

  #read(name: CbowParameter): tf.Tensor2D {
    const variable = this.parameters[name]
    return this.#stopped.has(name) ? stopGradient(variable) : variable
  }

  #sharesOf(contexts: readonly ArrayLike<number>[]): tf.Tensor2D {
    const [V] = this.parameters.input_embeddings.shape
    const shares = new Float32Array(contexts.length * V)
    for (const [b, context] of contexts.entries()) {
      if (context.length === 0) throw new UserError(`contexts[${b}]: is empty; give at least one word`)
      for (const word of Array.from(context)) {
        if (!(Number.isInteger(word) && word >= 0 && word < V))
          throw new UserError(`contexts[${b}]: no word has the number ${word}; the model knows 0 to ${V - 1}`)
        shares[b * V + word] += this.#mode === 'mean' ? 1 / context.length : 1
      }
    }
    return tf.tensor2d(shares, [contexts.length, V])
  }
}
