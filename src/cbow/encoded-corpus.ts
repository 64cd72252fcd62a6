import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { InterruptedError, UserError } from '../base/errors.js'
import { readSentences } from '../text/corpus.js'
import { numberText } from '../text/number-text.js'
import { MAX_SENTENCE_WORDS, NumberedSentences, SENTENCE_END } from '../text/numbered-sentences.js'
import type { Phrases } from '../text/phrases.js'
import { quoted } from '../text/quoted.js'
import { tokenizerOf } from '../text/tokenizers.js'
import { byFrequency, type CountedWord, Vocabulary } from '../text/vocabulary.js'
import { type Pruning, WordTable } from '../text/word-table.js'
import { wordTokenizer } from '../text/word-tokenizer.js'
import { CorpusWindow } from './corpus-window.js'
import { learnPhrases, type NumberedWord } from './learn-phrases.js'
import { NumberStore } from './number-store.js'

export { SENTENCE_END }

/** Longer sentences are cut here. */
export const LONGEST_SENTENCE = MAX_SENTENCE_WORDS

/** A corpus as numbers: its N words of the vocabulary, in order. */
export interface EncodedCorpus {
  /**
   * In shared memory, all N, or the part in the window of a larger corpus; the last word of each sentence carries
   * {@link SENTENCE_END}.
   */
  readonly words: Uint32Array
  readonly window: CorpusWindow
  readonly vocabulary: Vocabulary
  /** Over words and vocabulary. */
  readonly sha256: string
  /** What was joined to one word each, if anything was. */
  readonly phrases?: Phrases
}

export interface EncodeOptions {
  readonly minCount: number
  readonly maxVocabulary?: number
  /** Words that stay, however rare they are here; their counts are added. */
  readonly known?: Vocabulary
  readonly signal?: AbortSignal
  /** Most distinct words held while counting; by default 2,000,000, or twice `maxVocabulary` if that is more. */
  readonly mostWordsHeld?: number
  /** Told when rare words were dropped, since more distinct ones had come than may be held. */
  readonly onPruning?: (pruning: Pruning) => void
  /** How often phrases are looked for and joined, see `learnPhrases`; by default never. */
  readonly phrases?: number
  /** The score above which two words are a phrase; by default 100, as in word2phrase.c. */
  readonly phraseThreshold?: number
  /** Most words held in memory, by default 256 MB of them; a larger corpus lies in a file. */
  readonly memoryWords?: number
  /** Folder for that file; by default the system's for temporary files. */
  readonly folder?: string
}

export interface EncodeFilesOptions extends EncodeOptions {
  readonly tokenizer: string
  /** Told how many more bytes were read, compressed ones where a file is compressed. */
  readonly onBytes?: (bytes: number) => void
}

/** With these, counting takes about 90 MB. */
const MOST_WORDS_HELD = 2_000_000

/** As in word2phrase. */
const PHRASE_THRESHOLD = 100

/** 256 MB. */
const MEMORY_WORDS = 1 << 26

/**
 * Reads sentences once: words get numbers as they come, and are renumbered when all are counted. Words that do not
 * make it into the vocabulary are left out; those around them move together, as in word2vec.
 * @throws UserError when there is no word, or none that is frequent enough
 * @throws InterruptedError when the signal fires
 */
export function encodeCorpus(
  sentences: AsyncIterable<readonly string[]>,
  options: EncodeOptions,
): Promise<EncodedCorpus> {
  return encode(options, async (numbered, signal) => {
    for await (const sentence of sentences) {
      signal?.throwIfAborted()
      for (const word of sentence) numbered.add(word)
      numbered.endSentence()
    }
    numbered.end()
  })
}

/**
 * The same of text files (also `.gz`; `-` is standard input), several times as fast with the tokenizer `word`.
 * @throws UserError also for files that cannot be read, or that change while they are read
 */
export function encodeFiles(
  paths: readonly string[],
  { tokenizer: name, onBytes, ...options }: EncodeFilesOptions,
): Promise<EncodedCorpus> {
  const tokenizer = tokenizerOf(name)
  if (tokenizer !== wordTokenizer) {
    return encodeCorpus(readSentences(paths, { tokenizer, onBytes, refuseChanges: true }), options)
  }
  return encode(options, (numbered, signal) => numberText(paths, numbered, { onBytes, signal, refuseChanges: true }))
}

async function encode(
  options: EncodeOptions,
  number: (sentences: NumberedSentences, signal: AbortSignal | undefined) => Promise<void>,
): Promise<EncodedCorpus> {
  const { minCount, maxVocabulary, signal, mostWordsHeld, onPruning, phrases: passes = 0 } = options
  const limit = mostWordsHeld ?? Math.max(MOST_WORDS_HELD, 2 * (maxVocabulary ?? 0))
  const table = new WordTable({ limit, onPruning })
  const store = new NumberStore(options.memoryWords ?? MEMORY_WORDS, options.folder ?? tmpdir(), signal)
  try {
    await number(new NumberedSentences(table, (piece) => store.append(piece)), signal)
    if (store.length === 0) {
      throw new UserError('the corpus holds no words; give text files with one sentence or paragraph a line')
    }
    const joined = passes > 0 ? await joinPhrases(store, table, passes, options) : undefined
    const { known } = options
    const words = joined?.words ?? (known ? withKnown(table.words(), known, minCount) : table.words(minCount))
    const { vocabulary, ids } = vocabularyOf(words, joined?.numbers ?? table.numbers, maxVocabulary)
    if (vocabulary.size === 0) throw tooRare(table.highestCount, minCount)
    const hash = createHash('sha256')
    await store.rewrite((piece) => {
      const words = renumber(piece, ids)
      hash.update(words)
      return words
    })
    const window = new CorpusWindow(store)
    const sha256 = hash.update(JSON.stringify(vocabulary.words)).digest('hex')
    const phrases = joined?.phrases.passes.length ? joined.phrases : undefined
    return { words: window.words, window, vocabulary, sha256, phrases }
  } catch (error) {
    store.close()
    if (!signal?.aborted || error !== signal.reason) throw error
    throw new InterruptedError('interrupted while reading the corpus; there was nothing to save')
  }
}

interface CountedNumber extends CountedWord, NumberedWord {}

/** The number of a known word that the corpus does not hold. */
const NO_NUMBER = -1

/** Known words, and those that are frequent enough, each with all of its counts. */
function* withKnown(counted: Iterable<CountedNumber>, known: Vocabulary, minCount: number): Generator<CountedNumber> {
  const seen = new Set<number>()
  for (const { word, number, count } of counted) {
    const id = known.idOf(word)
    if (id !== undefined) seen.add(id)
    if (id !== undefined) yield { word, number, count: count + known.counts[id] }
    else if (count >= minCount) yield { word, number, count }
  }
  for (let id = 0; id < known.size; id++) {
    if (!seen.has(id)) yield { word: known.words[id], number: NO_NUMBER, count: known.counts[id] }
  }
}

/** Joins phrases in the store; the words thereafter that are frequent enough, and more than all numbers. */
async function joinPhrases(store: NumberStore, table: WordTable, passes: number, options: EncodeOptions) {
  const { minCount, phraseThreshold: threshold = PHRASE_THRESHOLD } = options
  const learnt = await learnPhrases(store, table.words(minCount), table.numbers, { passes, threshold, minCount })
  const counted = learnt.words.map(({ word, number }) => ({ word, number, count: learnt.counts[number] }))
  return {
    phrases: learnt.phrases,
    words: counted.filter(({ count }) => count >= minCount),
    numbers: learnt.counts.length,
  }
}

/** The vocabulary, and the id of each number; -1 for a word that is not in it. */
function vocabularyOf(
  counted: Iterable<CountedNumber>,
  numbers: number,
  maxVocabulary = Infinity,
): { vocabulary: Vocabulary; ids: Int32Array } {
  const words = [...counted].sort(byFrequency).slice(0, maxVocabulary)
  const ids = new Int32Array(numbers).fill(-1)
  words.forEach(({ word, number }, id) => {
    requireWritable(word)
    if (number !== NO_NUMBER) ids[number] = id
  })
  const vocabulary = new Vocabulary(
    words.map(({ word }) => word),
    Float64Array.from(words, ({ count }) => count),
  )
  return { vocabulary, ids }
}

function tooRare(highest: number, minCount: number): UserError {
  const hint = `the most frequent is seen ${highest} ${highest === 1 ? 'time' : 'times'}`
  return new UserError(`no word of the corpus is seen at least ${minCount} times (${hint}); lower --min-count`)
}

/** A vocabulary's file holds a word a line; only sentences from code can hold what does not fit. */
function requireWritable(word: string): void {
  if (word !== '' && !/[\t\r\n]/.test(word)) return
  throw new UserError(`the corpus holds the word ${quoted(word)}; words must not be empty or hold a tab or line end`)
}

/** Puts ids in place of numbers, in the piece itself; a sentence ends with its last word that stays. */
function renumber(piece: Uint32Array, ids: Int32Array): Uint32Array {
  // The same bits as int32: the end of a sentence is the sign, and no value needs a float.
  const words = new Int32Array(piece.buffer, piece.byteOffset, piece.length)
  let length = 0
  let sentence = 0
  for (let at = 0; at < words.length; at++) {
    const word = words[at]
    const id = ids[word & ~SENTENCE_END]
    if (id >= 0) words[length++] = id
    if (word >= 0 || length === sentence) continue
    words[length - 1] |= SENTENCE_END
    sentence = length
  }
  return piece.subarray(0, length)
}
