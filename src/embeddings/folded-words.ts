import { type Vocabulary, type WordId, wordId } from '../text/vocabulary.js'

/**
 * Words without regard to case, as word tests are scored by word2vec.c and gensim: of words that differ by case only
 * the first, which is the most frequent, stands for all.
 */
export class FoldedWords {
  readonly #places = new Map<string, number>()
  /** The words that stand for themselves and others, in order. */
  readonly ids: Int32Array

  /** @param first how many words of the vocabulary take part */
  constructor(vocabulary: Vocabulary, first = Infinity) {
    const ids: number[] = []
    const size = Math.min(first, vocabulary.size)
    for (let id = 0; id < size; id++) {
      const folded = fold(vocabulary.words[id])
      if (this.#places.has(folded)) continue
      this.#places.set(folded, ids.length)
      ids.push(id)
    }
    this.ids = Int32Array.from(ids)
  }

  /** Which of {@link ids} stands for a word; undefined when none does. */
  placeOf(word: string): number | undefined {
    return this.#places.get(fold(word))
  }

  /** The number of the word that stands for a word. */
  idOf(word: string): WordId | undefined {
    const place = this.placeOf(word)
    return place === undefined ? undefined : wordId(this.ids[place])
  }
}

const fold = (word: string): string => word.toLowerCase()
