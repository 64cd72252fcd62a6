/** The number of a word: its row in the embeddings. Branded, so that it cannot be taken for a position in a text. */
export type WordId = number & { readonly brand: 'WordId' }

/** Says that an integer is a word's number. */
export const wordId = (id: number): WordId => id as WordId

/** Words with their counts, most frequent first. A word's number is its place. */
export class Vocabulary {
  readonly #ids = new Map<string, WordId>()

  /**
   * @param words distinct words, most frequent first
   * @param counts how often each was seen, [V]
   */
  constructor(
    readonly words: readonly string[],
    readonly counts: Float64Array,
  ) {
    if (words.length !== counts.length) {
      throw new RangeError(`${words.length} words but ${counts.length} counts`)
    }
    for (let id = 0; id < words.length; id++) this.#ids.set(words[id], wordId(id))
    if (this.#ids.size !== words.length) throw new RangeError('a word stands twice in the vocabulary')
  }

  /** V. */
  get size(): number {
    return this.words.length
  }

  /** The word's number, or undefined when it is unknown. */
  idOf(word: string): WordId | undefined {
    return this.#ids.get(word)
  }
}

/** A word and how often it was seen. */
export interface CountedWord {
  readonly word: string
  readonly count: number
}

/**
 * Compares for sorting: the more frequent first and, where counts are equal, by code units, so that the same counts give
 * the same numbers on every machine.
 */
export const byFrequency = (a: CountedWord, b: CountedWord): number => b.count - a.count || (a.word < b.word ? -1 : 1)
