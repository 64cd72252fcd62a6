import { SENTENCE_END } from '../text/numbered-sentences.js'
import { type Phrase, Phrases, phraseWord } from '../text/phrases.js'
import type { NumberStore } from './number-store.js'
import { PairTable } from './pair-table.js'

export interface PhraseOptions {
  /** How often words are joined; a phrase has at most 2^passes words. */
  readonly passes: number
  /** A pair is a phrase where its score is higher. */
  readonly threshold: number
  /** Words and pairs seen less often are no phrase; also what is taken off a pair's count. */
  readonly minCount: number
  /** Most distinct pairs held while counting; by default 4,000,000, which take 100 MB. */
  readonly mostPairsHeld?: number
}

/** A word of the numbered corpus. */
export interface NumberedWord {
  readonly word: string
  readonly number: number
}

/** What was joined, and all words of the corpus thereafter. */
export interface LearntPhrases {
  readonly phrases: Phrases
  readonly words: readonly NumberedWord[]
  /** How often each number is seen now. */
  readonly counts: Uint32Array
}

const MOST_PAIRS_HELD = 4_000_000
/** The number of a word, without the sign that ends a sentence. */
const NUMBER = ~SENTENCE_END

/**
 * Finds phrases and joins them in the corpus (Mikolov, Sutskever, Chen, Corrado, Dean 2013: "Distributed Representations
 * of Words and Phrases and their Compositionality", equation 6, with word2phrase.c's factor N): a pair a b is one where
 *
 *     (count(a b) - delta) / (count(a) count(b)) · N > threshold,    delta = minCount
 *
 * N being the words of the corpus. Pairs do not cross sentences; a word goes with the one before it first.
 *
 * @param words what the numbers mean; a number that is not there stands for a word that was dropped
 * @param numbers all numbers are less
 */
export async function learnPhrases(
  store: NumberStore,
  words: Iterable<NumberedWord>,
  numbers: number,
  { passes, threshold, minCount, mostPairsHeld = MOST_PAIRS_HELD }: PhraseOptions,
): Promise<LearntPhrases> {
  const known = new Map<number, string>()
  for (const { word, number } of words) known.set(number, word)
  const found: Phrase[][] = []
  let counts = await countNumbers(store, numbers)
  for (let pass = 0; pass < passes; pass++) {
    const eligible = new Uint8Array(counts.length)
    for (const number of known.keys()) if (counts[number] >= minCount) eligible[number] = 1
    const pairs = await countPairs(store, eligible, mostPairsHeld)
    const scored: (Phrase & { a: number; b: number })[] = []
    for (const { first: a, second: b, count } of pairs.pairs(minCount)) {
      const score = ((count - minCount) / counts[a] / counts[b]) * store.length
      if (score > threshold) scored.push({ first: known.get(a)!, second: known.get(b)!, score, a, b })
    }
    if (scored.length === 0) break
    scored.sort((x, y) => y.score - x.score || compare(x.first, y.first) || compare(x.second, y.second))
    const joined = numberPhrases(scored, known, counts.length)
    await store.rewrite((piece) => joinPairs(piece, joined.pairs))
    counts = await countNumbers(store, joined.numbers)
    found.push(scored.map(({ first, second, score }) => ({ first, second, score })))
  }
  return { phrases: new Phrases(found), words: Array.from(known, ([number, word]) => ({ number, word })), counts }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

async function countNumbers(store: NumberStore, numbers: number): Promise<Uint32Array> {
  const counts = new Uint32Array(numbers)
  for await (const piece of store.pieces()) for (let at = 0; at < piece.length; at++) counts[piece[at] & NUMBER]++
  return counts
}

async function countPairs(store: NumberStore, eligible: Uint8Array, limit: number): Promise<PairTable> {
  const pairs = new PairTable(limit)
  for await (const piece of store.pieces()) {
    for (let at = 0; at + 1 < piece.length; at++) {
      if (piece[at] >= SENTENCE_END) continue
      const second = piece[at + 1] & NUMBER
      if (eligible[piece[at]] !== 0 && eligible[second] !== 0) pairs.count(piece[at], second)
    }
  }
  return pairs
}

/** Numbers for the phrases, and their words into `known`. A phrase that is written as another word is that word. */
function numberPhrases(
  scored: readonly (Phrase & { a: number; b: number })[],
  known: Map<number, string>,
  firstFree: number,
): { pairs: Map<number, Map<number, number>>; numbers: number } {
  const written = new Map(scored.map(({ first, second }) => [phraseWord(first, second), -1]))
  for (const [number, word] of known) if (written.has(word)) written.set(word, number)
  const pairs = new Map<number, Map<number, number>>()
  let numbers = firstFree
  for (const { first, second, a, b } of scored) {
    const word = phraseWord(first, second)
    let number = written.get(word)!
    if (number < 0) {
      number = numbers++
      written.set(word, number)
      known.set(number, word)
    }
    const ofFirst = pairs.get(a)
    if (ofFirst === undefined) pairs.set(a, new Map([[b, number]]))
    else ofFirst.set(b, number)
  }
  return { pairs, numbers }
}

/** Joins from left to right, in the piece itself. */
function joinPairs(piece: Uint32Array, pairs: ReadonlyMap<number, ReadonlyMap<number, number>>): Uint32Array {
  let length = 0
  for (let at = 0; at < piece.length; at++) {
    const word = piece[at]
    const joined =
      word < SENTENCE_END && at + 1 < piece.length ? pairs.get(word)?.get(piece[at + 1] & NUMBER) : undefined
    if (joined === undefined) piece[length++] = word
    else piece[length++] = piece[++at] >= SENTENCE_END ? joined + SENTENCE_END : joined
  }
  return piece.subarray(0, length)
}
