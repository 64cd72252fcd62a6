import type { Embeddings } from '../embeddings/embeddings.js'
import { type LossGradient, lossGradient } from './loss-gradient.js'
import type { Objective } from './objective.js'
import { type LogitWeights, type Pullback, pullback } from './pullback.js'
import type { EmbeddedBatch, EncodedText, Victim } from './victim.js'

/**
 * The only way by which an attack sees a victim: logits, loss gradients, the vocabulary's vectors, and how a text
 * reads. It counts what it is asked, per example, so that no attack keeps its own books.
 *
 * `members` [B] says which examples of the attacked batch the rows of an embedded batch are; a row asked twice counts
 * twice.
 */
export class ReadOnlyVictim {
  readonly #victim: Victim
  /** Forward passes of each example so far. */
  readonly forwards: Int32Array
  /** Gradient reads of each example so far (each has a forward pass in it, not counted again). */
  readonly gradients: Int32Array

  /** @param examples how many examples the attacked batch has */
  constructor(victim: Victim, examples: number) {
    this.#victim = victim
    this.forwards = new Int32Array(examples)
    this.gradients = new Int32Array(examples)
  }

  /** K. */
  get labelCount(): number {
    return this.#victim.labels.length
  }

  get embeddings(): Embeddings {
    return this.#victim.embeddings
  }

  encode(text: string): EncodedText {
    return this.#victim.encode(text)
  }

  /** Logits [B, K]. */
  logits(batch: EmbeddedBatch, members: ArrayLike<number>): Float32Array {
    count(this.forwards, batch, members)
    return this.#victim.logits(batch)
  }

  /**
   * The loss of each row at its label, its gradient with respect to the embedded words, and the logits.
   * @param rivals [B], for the margin: the labels held against those of the rows, instead of the highest other ones
   */
  lossGradient(
    batch: EmbeddedBatch,
    labels: Int32Array,
    objective: Objective,
    members: ArrayLike<number>,
    rivals?: Int32Array,
  ): LossGradient {
    count(this.gradients, batch, members)
    return lossGradient(this.#victim, batch, labels, objective, rivals)
  }

  /** The gradient of a weighted sum of the logits, and the logits: counts as a gradient. */
  pullback(batch: EmbeddedBatch, weigh: LogitWeights, members: ArrayLike<number>): Pullback {
    count(this.gradients, batch, members)
    return pullback(this.#victim, batch, weigh)
  }
}

function count(counts: Int32Array, { offsets }: EmbeddedBatch, members: ArrayLike<number>): void {
  if (members.length !== offsets.length - 1) {
    throw new RangeError(`${members.length} members for ${offsets.length - 1} examples`)
  }
  for (let i = 0; i < members.length; i++) counts[members[i]]++
}
