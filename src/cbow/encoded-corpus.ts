import { InterruptedError, UserError } from '../base/errors.js'
import { sha256 } from '../base/hash.js'
import { Vocabulary } from '../text/vocabulary.js'

/** The bit of a corpus word that says: the sentence ends here. The other 31 are the word's number. */
export const SENTENCE_END = 0x80000000

/** Longer sentences are cut here (word2vec.c's MAX_SENTENCE_LENGTH). */
export const LONGEST_SENTENCE = 1_000

/** A corpus as numbers: its N words of the vocabulary, in order. */
export interface EncodedCorpus {
  /** [N], in shared memory; the last word of each sentence carries {@link SENTENCE_END}. */
  readonly words: Uint32Array
  readonly vocabulary: Vocabulary
  /** Over words and vocabulary. */
  readonly sha256: string
}

export interface EncodeOptions {
  readonly minCount: number
  readonly maxVocabulary?: number
  readonly signal?: AbortSignal
}

const PIECE = 1 << 20

/**
 * Reads sentences once: words get numbers as they come, and are renumbered when all are counted. Words that do not
 * make it into the vocabulary are left out; those around them move together, as in word2vec.
 * @throws UserError when there is no word, or none that is frequent enough
 */
export async function encodeCorpus(
  sentences: AsyncIterable<readonly string[]>,
  { minCount, maxVocabulary, signal }: EncodeOptions,
): Promise<EncodedCorpus> {
  const numbers = new Map<string, number>()
  const counts: number[] = []
  const pieces: Uint32Array[] = []
  let read = 0
  for await (const sentence of sentences) {
    if (signal?.aborted) throw new InterruptedError('interrupted while reading the corpus; there was nothing to save')
    for (let i = 0; i < sentence.length; i++) {
      let number = numbers.get(sentence[i])
      if (number === undefined) {
        number = counts.length
        numbers.set(sentence[i], number)
        counts.push(0)
      }
      counts[number]++
      if (read % PIECE === 0) pieces.push(new Uint32Array(PIECE))
      const isLast = i === sentence.length - 1 || i % LONGEST_SENTENCE === LONGEST_SENTENCE - 1
      pieces[pieces.length - 1][read % PIECE] = isLast ? number + SENTENCE_END : number
      read++
    }
  }
  if (read === 0)
    throw new UserError('the corpus holds no words; give text files with one sentence or paragraph a line')
  const vocabulary = vocabularyOf(numbers, counts, minCount, maxVocabulary)
  const renumbered = new Int32Array(counts.length).fill(-1)
  vocabulary.words.forEach((word, id) => {
    renumbered[numbers.get(word)!] = id
  })
  const words = renumber(pieces, read, renumbered, vocabulary)
  return { words, vocabulary, sha256: sha256(words, JSON.stringify(vocabulary.words)) }
}

function vocabularyOf(
  numbers: ReadonlyMap<string, number>,
  counts: readonly number[],
  minCount: number,
  maxVocabulary = Infinity,
): Vocabulary {
  const counted = new Map<string, number>()
  let highest = 0
  for (const [word, number] of numbers) {
    highest = Math.max(highest, counts[number])
    if (counts[number] >= minCount) counted.set(word, counts[number])
  }
  if (counted.size === 0) {
    const hint = `the most frequent is seen ${highest} ${highest === 1 ? 'time' : 'times'}`
    throw new UserError(`no word of the corpus is seen at least ${minCount} times (${hint}); lower --min-count`)
  }
  const all = Vocabulary.fromCounts(counted, minCount)
  if (all.size <= maxVocabulary) return all
  return new Vocabulary(all.words.slice(0, maxVocabulary), all.counts.slice(0, maxVocabulary))
}

function renumber(pieces: Uint32Array[], read: number, renumbered: Int32Array, vocabulary: Vocabulary): Uint32Array {
  const total = vocabulary.counts.reduce((sum, count) => sum + count, 0)
  const words = new Uint32Array(new SharedArrayBuffer(total * Uint32Array.BYTES_PER_ELEMENT))
  let length = 0
  let sentenceStart = 0
  for (let i = 0; i < read; i++) {
    const word = pieces[Math.floor(i / PIECE)][i % PIECE]
    const id = renumbered[word % SENTENCE_END]
    if (id >= 0) words[length++] = id
    if (word < SENTENCE_END || length === sentenceStart) continue
    words[length - 1] += SENTENCE_END
    sentenceStart = length
  }
  return words
}
