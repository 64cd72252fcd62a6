import type { CbowExample } from '../kernels/cbow-reference.js'
import type { Draws } from './draws.js'
import { LONGEST_SENTENCE, SENTENCE_END } from './encoded-corpus.js'
import { type Schedule, sentenceEnd, sentenceStart } from './schedule.js'

/** A training example with its learning rate. */
export interface Centre extends CbowExample {
  /** Of its sentence; a float32. */
  readonly learningRate: number
}

/**
 * The centres of one chunk, in order: a sentence is thinned out first, then each word that stays is a centre with up to
 * b kept words on each side. A centre without context is left out.
 * @param words of the corpus, from the position `first` on
 */
export function* centresOf(
  words: Uint32Array,
  draws: Draws,
  schedule: Schedule,
  negative: number,
  chunkNumber: number,
  first = 0,
): Generator<Centre> {
  const { epoch, from, to } = schedule.chunk(chunkNumber)
  const kept = new Int32Array(LONGEST_SENTENCE)
  const positions = new Float64Array(LONGEST_SENTENCE)
  for (let start = sentenceStart(words, from - first), end = 0; start < to - first; start = end) {
    end = sentenceEnd(words, start)
    let length = 0
    for (let position = first + start; position < first + end; position++) {
      const word = words[position - first] % SENTENCE_END
      if (!draws.isKept(epoch, position, word)) continue
      kept[length] = word
      positions[length++] = position
    }
    const learningRate = schedule.learningRateAt(epoch, first + start)
    for (let c = 0; c < length; c++) {
      const negatives = new Int32Array(negative)
      const b = draws.centre(epoch, positions[c], negatives)
      const first = Math.max(0, c - b)
      const afterLast = Math.min(length, c + b + 1)
      if (afterLast - first < 2) continue
      const context = new Int32Array(afterLast - first - 1)
      context.set(kept.subarray(first, c))
      context.set(kept.subarray(c + 1, afterLast), c - first)
      yield { target: kept[c], context, negatives, learningRate }
    }
  }
}
