import type { WordId } from '../text/vocabulary.js'

/** Word numbers held at a time: 64 MB. */
const MOST_HELD = 1 << 24

/** Lists of word numbers, each made when its word is first asked for, kept as long as there is room, and made again after. */
export class HeldLists {
  readonly #lists = new Map<WordId, Int32Array>()
  #held = 0

  constructor(readonly make: (word: WordId) => Int32Array) {}

  of(word: WordId): Int32Array {
    const known = this.#lists.get(word)
    if (known !== undefined) return known
    const list = this.make(word)
    this.#held += list.length
    if (this.#held > MOST_HELD) {
      this.#lists.clear()
      this.#held = list.length
    }
    this.#lists.set(word, list)
    return list
  }
}
