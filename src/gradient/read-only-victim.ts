import type { Embeddings } from '../embeddings/embeddings.js'
import type { WordRanking } from '../embeddings/word-ranking.js'
import type { WordId } from '../text/vocabulary.js'
import { exampleOf, joinEmbedded } from './embed.js'
import { lossGradient } from './loss-gradient.js'
import type { Objective } from './objective.js'
import type { Pooling } from './pooling.js'
import { pullback } from './pullback.js'
import type {
  Ascent,
  EmbeddedBatch,
  EncodedText,
  LinearForm,
  LogitWeights,
  LossGradient,
  Pullback,
  Victim,
} from './victim.js'
import { requireFinite } from './victim-error.js'

/** How many forward passes an attack may spend on one example. */
export interface QueryBudget {
  /** At least 1. */
  readonly queries: number
  /** Logits [K] of an example of the attacked batch as it was before the attack. */
  readonly unchanged: (member: number) => Float32Array
}

/**
 * The only way by which an attack sees a victim: logits, loss gradients, the vocabulary's vectors, and how a text
 * reads. It counts what it is asked, per example, so that no attack keeps its own books.
 *
 * `members` [B] says which examples of the attacked batch the rows of an embedded batch are; a row asked twice counts
 * twice.
 *
 * With a budget the forward passes beyond it are not made: whatever is asked, the logits are those of the example before
 * the attack, as if nothing had helped. So every attack is held to its budget, and ends with its best so far. Gradient
 * reads are counted apart and are not held to it.
 *
 * Every reading throws a VictimError where the victim answers with what is not finite, or does not answer.
 */
export class ReadOnlyVictim {
  readonly #victim: Victim
  readonly #budget: QueryBudget | undefined
  /** For gradients that are pulled back. */
  #memory = new Float32Array()
  /** Forward passes of each example so far. */
  readonly forwards: Int32Array
  /** Gradient reads of each example so far (each has a forward pass in it, not counted again). */
  readonly gradients: Int32Array

  /** @param examples how many examples the attacked batch has */
  constructor(victim: Victim, examples: number, budget?: QueryBudget) {
    this.#victim = victim
    this.#budget = budget
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

  /** The victim's weights, where it is linear: for `exact-swaps` alone, which is no attack that sees only logits. */
  get linear(): LinearForm | undefined {
    return this.#victim.linear
  }

  /**
   * How the words are pooled, where logits are affine in the pool: a gradient is then the same row at every position, and
   * what the victim reads of a text is the same as of a text of one word that is its pool.
   */
  get pooling(): Pooling | undefined {
    return this.#victim.linear?.pooling
  }

  /** Ranks the vocabulary, where something faster than the CPU can: the vectors are the attack's to see. */
  get ranking(): WordRanking | undefined {
    return this.#victim.engine
  }

  encode(text: string): EncodedText {
    return this.#victim.encode(text)
  }

  /** Where words are read one by one: whether a word as it is written is read as itself. */
  get readsAlone(): ((word: WordId) => boolean) | undefined {
    return this.#victim.readsAlone
  }

  /** Forward passes that are left to an example of the attacked batch; Infinity without a budget. */
  remaining(member: number): number {
    return this.#budget === undefined ? Infinity : this.#budget.queries - this.forwards[member]
  }

  /** Logits [B, K]. */
  logits(batch: EmbeddedBatch, members: ArrayLike<number>): Float32Array {
    requireMembers(batch, members)
    if (this.#budget === undefined) {
      count(this.forwards, members)
      return this.#logits(batch)
    }
    return this.#logitsWithin(this.#budget, batch, members)
  }

  #logits(batch: EmbeddedBatch): Float32Array {
    const logits = this.#victim.logits(batch)
    requireFinite(logits)
    return logits
  }

  #logitsWithin({ unchanged }: QueryBudget, batch: EmbeddedBatch, members: ArrayLike<number>): Float32Array {
    const asked: number[] = []
    for (let b = 0; b < members.length; b++) {
      if (this.remaining(members[b]) <= 0) continue
      this.forwards[members[b]]++
      asked.push(b)
    }
    if (asked.length === members.length) return this.#logits(batch)
    const K = this.labelCount
    const logits = new Float32Array(members.length * K)
    for (let b = 0; b < members.length; b++) logits.set(unchanged(members[b]), b * K)
    const inputs = asked.map((b) => exampleOf(batch, b))
    const answers = asked.length === 0 ? NO_LOGITS : this.#logits(joinEmbedded(inputs, batch.dimensions))
    asked.forEach((b, i) => {
      logits.set(answers.subarray(i * K, (i + 1) * K), b * K)
    })
    return logits
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
    requireMembers(batch, members)
    count(this.gradients, members)
    const read = lossGradient(this.#victim, batch, labels, objective, rivals)
    requireFinite(read.logits)
    requireFinite(read.gradient, 'gradients')
    return read
  }

  /**
   * The gradient of a weighted sum of the logits, and the logits: counts as a gradient. Its memory is used again: it is
   * valid until the next one.
   */
  pullback(batch: EmbeddedBatch, weigh: LogitWeights, members: ArrayLike<number>): Pullback {
    requireMembers(batch, members)
    count(this.gradients, members)
    const { length } = batch.embedded
    if (this.#memory.length < length) this.#memory = new Float32Array(length)
    const pulled = pullback(this.#victim, batch, weigh, this.#memory.subarray(0, length))
    requireFinite(pulled.logits)
    requireFinite(pulled.gradient, 'gradients')
    return pulled
  }

  /**
   * Projected gradient ascent from texts themselves, where an engine does all of it at once; undefined where none does,
   * or the forward passes are limited. Counts what it reads.
   */
  ascend(
    ids: readonly Int32Array[],
    labels: Int32Array,
    ascent: Ascent,
    members: ArrayLike<number>,
    rivals?: Int32Array,
  ): Float32Array | undefined {
    if (!this.canAscend) return undefined
    const found = this.#victim.engine?.ascend(ids, labels, ascent, rivals)
    if (found === undefined) return undefined
    requireFinite(found.rows, 'gradients')
    for (let b = 0; b < members.length; b++) {
      this.gradients[members[b]] += Math.min(found.readings[b], ascent.steps)
      if (found.readings[b] > ascent.steps) this.forwards[members[b]]++
    }
    return found.rows
  }

  /** Whether {@link ascend} gives something. */
  get canAscend(): boolean {
    return this.#victim.engine !== undefined && this.#budget === undefined
  }
}

const NO_LOGITS = new Float32Array()

function requireMembers({ offsets }: EmbeddedBatch, members: ArrayLike<number>): void {
  if (members.length === offsets.length - 1) return
  throw new RangeError(`${members.length} members for ${offsets.length - 1} examples`)
}

function count(counts: Int32Array, members: ArrayLike<number>): void {
  for (let i = 0; i < members.length; i++) counts[members[i]]++
}
