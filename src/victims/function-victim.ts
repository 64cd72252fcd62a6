import { type NamedTensorMap, Tensor, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core'
import { UserError } from '../base/errors.js'
import type { Embeddings } from '../embeddings/embeddings.js'
import type { EmbeddedBatch, EncodedText, Parameter, Victim } from '../gradient/victim.js'
import { VictimError } from '../gradient/victim-error.js'
import type { Tokenizer } from '../text/tokenizer.js'
import { encodeWords, loneReading } from './encode.js'
import { logitsByRow, requireLogits } from './tensor-rows.js'

export interface FunctionVictimParts {
  /** [K] names, at least 2. */
  readonly labels: readonly string[]
  /** [V, D]. */
  readonly embeddings: Embeddings
  readonly tokenizer: Tokenizer
  /**
   * Logits [B, K] of embedded words [B, C, D], by TensorFlow.js operations that have gradients. `mask` [B, C] is 1 where
   * a word stands, and padding must not count. `parameters` are those below, as tensors through which no gradient flows.
   */
  logits(embedded: Tensor3D, mask: Tensor2D, parameters: NamedTensorMap): Tensor2D
  /** The arrays that the function computes with, so that the proof can watch them; the very arrays in use. */
  readonly parameters?: ReadonlyMap<string, Pick<Parameter, 'values' | 'shape'>>
}

/** Any differentiable function of embedded words as a victim. */
export class FunctionVictim implements Victim {
  readonly kind = 'function'
  readonly labels: readonly string[]
  readonly embeddings: Embeddings
  readonly parameters: ReadonlyMap<string, Parameter>
  readonly readsAlone: Victim['readsAlone']
  readonly #parts: FunctionVictimParts

  constructor(parts: FunctionVictimParts) {
    if (parts.labels.length < 2) throw new RangeError(`at least 2 labels needed: ${parts.labels}`)
    const { vectors, dimensions, vocabulary } = parts.embeddings
    const parameters = new Map<string, Parameter>([
      ['embeddings', { values: vectors, shape: [vocabulary.size, dimensions], onTape: false }],
    ])
    for (const [name, { values, shape }] of parts.parameters ?? []) {
      if (parameters.has(name)) throw new RangeError(`the name '${name}' is taken; give the parameter another`)
      parameters.set(name, { values, shape, onTape: true })
    }
    this.labels = parts.labels
    this.embeddings = parts.embeddings
    this.parameters = parameters
    this.readsAlone = loneReading(parts.tokenizer, parts.embeddings.vocabulary)
    this.#parts = parts
  }

  encode(text: string): EncodedText {
    return encodeWords(text, this.#parts.tokenizer, this.embeddings.vocabulary)
  }

  logits(batch: EmbeddedBatch): Float32Array {
    return logitsByRow(this, batch)
  }

  /**
   * @throws VictimError when the function throws
   * @throws UserError when what it gives is no tensor of logits [B, K]
   */
  tensorLogits(embedded: Tensor3D, mask: Tensor2D, parameters: NamedTensorMap): Tensor2D {
    const logits = this.#ask(embedded, mask, parameters)
    requireLogits('the function', logits.shape, embedded.shape[0], this.labels.length)
    return logits
  }

  #ask(embedded: Tensor3D, mask: Tensor2D, parameters: NamedTensorMap): Tensor2D {
    let logits: unknown
    try {
      logits = this.#parts.logits(embedded, mask, parameters)
    } catch (error) {
      throw new VictimError(`the function throws: ${firstLine(error)}`, { cause: error })
    }
    if (isMatrix(logits)) return logits
    throw new UserError(`the function gives ${describe(logits)}; a tensor of logits [B, K] is needed`)
  }
}

const isMatrix = (value: unknown): value is Tensor2D => value instanceof Tensor && value.rank === 2

const describe = (value: unknown): string => (value instanceof Tensor ? `[${value.shape}]` : typeof value)

const firstLine = (error: unknown): string => String(error instanceof Error ? error.message : error).split('\n')[0]
