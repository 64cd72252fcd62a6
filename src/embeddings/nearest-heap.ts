/** The k highest-scored of the items that pass by, in a binary heap whose root is the lowest. Items come in order. */
export class NearestHeap {
  readonly #items: Int32Array
  readonly #scores: Float64Array
  #size = 0

  /** @param capacity k; with 0 it keeps nothing */
  constructor(readonly capacity: number) {
    this.#items = new Int32Array(capacity)
    this.#scores = new Float64Array(capacity)
  }

  /** What a score must exceed to be kept: of equal scores the items that came first stay. */
  get threshold(): number {
    if (this.capacity === 0) return Infinity
    return this.#size < this.capacity ? -Infinity : this.#scores[0]
  }

  /** Adds an item, greater than those before, whose score exceeds the threshold. */
  add(item: number, score: number): void {
    if (this.#size < this.capacity) {
      this.#rise(this.#size++, item, score)
    } else {
      this.#sink(item, score)
    }
  }

  /** Highest first; of equal scores the lower item first. */
  sorted(): { item: number; score: number }[] {
    const kept = Array.from({ length: this.#size }, (_, i) => ({ item: this.#items[i], score: this.#scores[i] }))
    return kept.sort((a, b) => b.score - a.score || a.item - b.item)
  }

  /** Whether the item at `place` must leave before (item, score): it is lower, or as high and later. */
  #leavesBefore(place: number, item: number, score: number): boolean {
    return this.#scores[place] < score || (this.#scores[place] === score && this.#items[place] > item)
  }

  #put(place: number, item: number, score: number): void {
    this.#items[place] = item
    this.#scores[place] = score
  }

  #rise(place: number, item: number, score: number): void {
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (this.#leavesBefore(parent, item, score)) break
      this.#put(place, this.#items[parent], this.#scores[parent])
      place = parent
    }
    this.#put(place, item, score)
  }

  #sink(item: number, score: number): void {
    let place = 0
    for (;;) {
      let child = 2 * place + 1
      if (child >= this.#size) break
      if (child + 1 < this.#size && this.#leavesBefore(child + 1, this.#items[child], this.#scores[child])) child++
      if (!this.#leavesBefore(child, item, score)) break
      this.#put(place, this.#items[child], this.#scores[child])
      place = child
    }
    this.#put(place, item, score)
  }
}
