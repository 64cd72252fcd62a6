import { SENTENCE_END } from '../text/numbered-sentences.js'

/**
 * Words of a chunk, the unit of work: threads take chunks one after another, a batch never crosses one, and training
 * stops (for a report, a checkpoint, an interruption) only between two. So how long a run takes for a chunk, and where
 * it is interrupted, leave no trace in the weights.
 */
export const CHUNK_WORDS = 10_000

/** A chunk is the sentences that begin at positions `from` to `to` - 1 of the corpus. */
export interface Chunk {
  readonly epoch: number
  readonly from: number
  readonly to: number
}

/** The order of work: all chunks of epoch 0, then of epoch 1, and so on; and the learning rate on the way. */
export class Schedule {
  readonly chunksPerEpoch: number

  /**
   * @param words N, words of the corpus
   * @param epochs how often they are read
   * @param learningRate at the start
   */
  constructor(
    readonly words: number,
    readonly epochs: number,
    readonly learningRate: number,
  ) {
    this.chunksPerEpoch = Math.ceil(words / CHUNK_WORDS)
  }

  /** Chunks of all epochs together. */
  get chunks(): number {
    return this.chunksPerEpoch * this.epochs
  }

  /** Words of all epochs together. */
  get totalWords(): number {
    return this.words * this.epochs
  }

  chunk(number: number): Chunk {
    const from = (number % this.chunksPerEpoch) * CHUNK_WORDS
    return { epoch: Math.floor(number / this.chunksPerEpoch), from, to: Math.min(from + CHUNK_WORDS, this.words) }
  }

  /** The chunks `from` to `to` - 1, those of an epoch together. */
  stretches(from: number, to: number): Chunk[] {
    const stretches: Chunk[] = []
    for (let at = from; at < to; ) {
      const end = Math.min(to, at + this.chunksPerEpoch - (at % this.chunksPerEpoch))
      stretches.push({ ...this.chunk(at), to: this.chunk(end - 1).to })
      at = end
    }
    return stretches
  }

  /** Words before a chunk, all epochs together: to a sentence's length. */
  wordsBefore(number: number): number {
    if (number >= this.chunks) return this.totalWords
    const { epoch, from } = this.chunk(number)
    return epoch * this.words + from
  }

  /**
   * For a sentence that begins at a position: falls linearly with the words read, to 1e-4 of the first rate at the
   * least (word2vec.c). Rounded to float32, as the kernel takes it.
   */
  learningRateAt(epoch: number, position: number): number {
    const done = epoch * this.words + position
    return Math.fround(Math.max(1e-4 * this.learningRate, this.learningRate * (1 - done / this.totalWords)))
  }
}

/** Where the first sentence at or after `from` begins; the corpus's length if there is none. */
export function sentenceStart(words: Uint32Array, from: number): number {
  let start = from
  while (start > 0 && start < words.length && words[start - 1] < SENTENCE_END) start++
  return start
}

/** The position after the last word of the sentence that begins at `start`. */
export function sentenceEnd(words: Uint32Array, start: number): number {
  let end = start
  while (words[end] < SENTENCE_END) end++
  return end + 1
}
