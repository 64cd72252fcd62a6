import type { WordTable } from './word-table.js'

/** A sentence with more words is cut after so many, as word2vec.c does (MAX_SENTENCE_LENGTH). */
export const MAX_SENTENCE_WORDS = 1000

/** The bit of a numbered word that says: the sentence ends here. The other 31 are the word's number. */
export const SENTENCE_END = 0x80000000

const BUFFER_WORDS = 1 << 20

/**
 * Sentences as numbers, handed on in pieces of about a million: whole sentences, the last word of each with
 * {@link SENTENCE_END}. Longer ones than {@link MAX_SENTENCE_WORDS} are cut.
 */
export class NumberedSentences {
  readonly #buffer = new Uint32Array(BUFFER_WORDS)
  #length = 0
  #sentence = 0

  /**
   * @param table numbers the words
   * @param take given each piece, which is good until it returns
   */
  constructor(
    readonly table: WordTable,
    readonly take: (piece: Uint32Array) => void,
  ) {}

  /** A word of the sentence under way, given as its number. */
  addNumber(number: number): void {
    this.#buffer[this.#length++] = number
    if (++this.#sentence === MAX_SENTENCE_WORDS) this.endSentence()
  }

  /** Words as {@link WordTable.scan} found them, `length` of them and ends of sentences. */
  addFound(found: Int32Array, length: number): void {
    for (let at = 0; at < length; at++) {
      const number = found[at]
      if (number < 0) this.endSentence()
      else this.addNumber(number)
    }
  }

  /** A word of the sentence under way. */
  add(word: string): void {
    this.addNumber(this.table.count(word))
  }

  /** Ends the sentence; one without words is none. */
  endSentence(): void {
    if (this.#sentence === 0) return
    this.#sentence = 0
    this.#buffer[this.#length - 1] |= SENTENCE_END
    if (this.#length > BUFFER_WORDS - MAX_SENTENCE_WORDS) this.#flush()
  }

  /** Ends the last sentence and hands on what is left. */
  end(): void {
    this.endSentence()
    if (this.#length > 0) this.#flush()
  }

  #flush(): void {
    this.take(this.#buffer.subarray(0, this.#length))
    this.#length = 0
  }
}
