import type { NamedTensorMap, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core'
import type { Embeddings } from '../embeddings/embeddings.js'
import type { WordRanking } from '../embeddings/word-ranking.js'
import type { Span } from '../text/tokenizer.js'
import type { WordId } from '../text/vocabulary.js'
import type { Objective } from './objective.js'

/** A text as a victim reads it: its C known words. Unknown words are left out, since the victim never sees them. */
export interface EncodedText {
  readonly text: string
  /** Word numbers [C]. */
  readonly ids: Int32Array
  /** Where each of them stands in `text`, [C]. */
  readonly spans: readonly Span[]
  /** How many words were unknown. */
  readonly unknown: number
}

/**
 * B embedded examples of different lengths, one after the other: T = sum of their lengths. No padding, so that a row's
 * result cannot depend on its neighbours.
 */
export interface EmbeddedBatch {
  /** [T, D]. */
  readonly embedded: Float32Array
  /** [B + 1]; example b is the positions offsets[b] to offsets[b + 1] - 1, at least one. */
  readonly offsets: Int32Array
  /** D. */
  readonly dimensions: number
}

/** Values only: nothing of it is connected to the victim. */
export interface LossGradient {
  /** [B]. */
  readonly loss: Float32Array
  /** dL_b / d embedded, [T, D], laid out as the batch. */
  readonly gradient: Float32Array
  /** [B, K]. */
  readonly logits: Float32Array
}

/**
 * What a weighted sum of the logits weighs each with, given the logits: both [B, K]. The weights dL/dz of a loss L(z)
 * make its gradient.
 */
export type LogitWeights = (logits: Float32Array) => Float32Array

/** Values only: nothing of it is connected to the victim. */
export interface Pullback {
  /** d (sum_k w_k z_k) / d embedded, with w held as it is; [T, D], laid out as the batch. */
  readonly gradient: Float32Array
  /** [B, K]. */
  readonly logits: Float32Array
}

/** What the closed gradient and the exact optima need, and attacks never see: logits = output · pool(embedded) + bias. */
export interface LinearForm {
  /** [K, D]. */
  readonly output: Float32Array
  /** [K]. */
  readonly bias: Float32Array
  readonly pooling: 'mean' | 'sum'
}

/** What is read of B texts whose positions all have one gradient. Values only. */
export interface TextGradients {
  /** [B]. */
  readonly loss: Float32Array
  /** dL_b / d embedded at each position of text b, [B, D]. */
  readonly rows: Float32Array
  /** [B, K]. */
  readonly logits: Float32Array
}

/** Projected gradient ascent from a text itself. */
export interface Ascent {
  readonly norm: 'l2' | 'linf'
  /** Radius of the ball, all positions jointly. */
  readonly epsilon: number
  readonly steps: number
  /** Of a step, in the norm. */
  readonly stepLength: number
  readonly objective: Objective
}

/** What B ascents have found. */
export interface AscentResult {
  /** What is added to each position of a text, [B, D]: where the label is left, or else the loss was highest. */
  readonly rows: Float32Array
  /** How often each has read the victim, [B]: its gradient in each of at most `steps` steps, and then its logits. */
  readonly readings: Uint32Array
}

/** Computes a linear victim's closed forms in place of the CPU: a GPU. Texts are numbers of words, one at least. */
export interface LinearEngine extends WordRanking {
  /** What `--engine` calls it. */
  readonly name: string
  /** What it computes on. */
  readonly device: string
  /** SHA-256 of the parameters that it computes with: the victim's, as they were when it copied them. */
  readonly parametersHash: string
  /** [B, K]. */
  logits(batch: EmbeddedBatch): Float32Array
  /** Weights of the logits pulled back to every position. */
  pullback(batch: EmbeddedBatch, weigh: LogitWeights): Pullback
  /** Reads texts' losses at their labels and the gradients with respect to their embedded words. */
  readTexts(ids: readonly Int32Array[], labels: Int32Array, objective: Objective): TextGradients
  /**
   * Raises the loss of each text until its label is left, a step is undone by the projection, or none is left.
   * @param rivals [B], for the margin: the labels held against those of the texts; the highest other ones unless given
   */
  ascend(ids: readonly Int32Array[], labels: Int32Array, ascent: Ascent, rivals?: Int32Array): AscentResult
}

export type VictimKind = 'centre-word' | 'text-classifier' | 'layers-model' | 'function'

/**
 * Anything that maps embedded words to logits and can be differentiated with respect to them.
 * Letters: B examples, C positions, D dimensions, K labels, V words, T positions of a whole batch.
 */
export interface Victim {
  readonly kind: VictimKind
  /** [K] names; for a centre word these are the words of the vocabulary. */
  readonly labels: readonly string[]
  /** The input embeddings, [V, D]. */
  readonly embeddings: Embeddings
  /** Text to known words. A text with none gives `ids` of length 0. */
  encode(text: string): EncodedText
  /**
   * Present where words are read one by one: whether a word as it is written is read as itself. Then a text with words
   * swapped reads as these words if and only if each of those put in does.
   */
  readonly readsAlone?: (word: WordId) => boolean
  /** Every parameter by name: the very arrays in use, for the proof that none moved, and for the tape. */
  readonly parameters: ReadonlyMap<string, Parameter>
  /** Logits [B, K] without a tape, each row independent of the others. */
  logits(batch: EmbeddedBatch): Float32Array
  /**
   * The same logits for TensorFlow's tape. `embedded` [B, C, D] is padded with zeros, `mask` [B, C] is 1 where a word
   * stands; `parameters` are this victim's own, each passed through stopGradient by the caller.
   */
  tensorLogits(embedded: Tensor3D, mask: Tensor2D, parameters: NamedTensorMap): Tensor2D
  /**
   * Present where logits are affine in the mean or sum of the embedded words: there gradients are in closed form and
   * exact optima are known.
   */
  readonly linear?: LinearForm
  /** Present where something else than the CPU computes with `linear`. */
  readonly engine?: LinearEngine
}

/** An array in use, as a tensor of this shape. */
export interface Parameter {
  readonly values: Float32Array
  readonly shape: readonly number[]
  /** Whether `tensorLogits` needs it (the input embeddings it does not: the embedded words are the leaf). */
  readonly onTape: boolean
}
