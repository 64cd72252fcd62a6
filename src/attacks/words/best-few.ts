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
    // The last one leaves where there are enough; lower ones make room in place, since splices make garbage.
    let place = Math.min(this.scores.length, this.capacity - 1)
    for (; place > 0 && this.scores[place - 1] < score; place--) {
      this.scores[place] = this.scores[place - 1]
      this.items[place] = this.items[place - 1]
    }
    this.scores[place] = score
    this.items[place] = item
  }
}
