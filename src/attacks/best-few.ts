/** The few highest-scored of many items, highest first; of equal scores the one added first. */
export class BestFew<Item> {
  readonly scores: number[] = []
  readonly items: Item[] = []

  /** @param capacity how many are kept, at least 1 */
  constructor(readonly capacity: number) {}

  get full(): boolean {
    return this.items.length === this.capacity
  }

  /** The score that an item must exceed to be kept. */
  get threshold(): number {
    return this.full ? this.scores[this.capacity - 1] : -Infinity
  }

  add(score: number, item: Item): void {
    if (!(score > this.threshold)) return
    if (this.full) {
      this.scores.pop()
      this.items.pop()
    }
    let place = this.scores.length
    while (place > 0 && this.scores[place - 1] < score) place--
    this.scores.splice(place, 0, score)
    this.items.splice(place, 0, item)
  }
}
