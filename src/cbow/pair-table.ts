/** Fields of a slot, each an int32; a count of 0 says that it is empty. */
const FIRST = 0
const SECOND = 1
const COUNT = 2
const FIELDS = 3

/**
 * Counts pairs of numbers, at most so many distinct ones at a time: when more come, the rarest are dropped, those seen
 * once, then those seen twice, until a quarter of the limit is free.
 */
export class PairTable {
  #slots = new Int32Array((1 << 10) * FIELDS)
  #size = 0

  constructor(readonly limit: number) {}

  /** Distinct pairs held. */
  get size(): number {
    return this.#size
  }

  /** Counts a pair once more. */
  count(first: number, second: number): void {
    const at = this.#slotOf(first, second)
    if (this.#slots[at + COUNT]++ > 0) return
    this.#slots[at + FIRST] = first
    this.#slots[at + SECOND] = second
    if (++this.#size * 2 * FIELDS > this.#slots.length) this.#refill(this.#slots.length * 2, 0)
    for (let threshold = 1; this.#size > this.limit || (threshold > 1 && this.#size > 0.75 * this.limit); threshold++) {
      this.#refill(this.#slots.length, threshold)
    }
  }

  /** The pairs held that were seen at least so often, in no order. */
  *pairs(leastCount: number): Generator<{ first: number; second: number; count: number }> {
    const slots = this.#slots
    for (let at = 0; at < slots.length; at += FIELDS) {
      const count = slots[at + COUNT]
      if (count > 0 && count >= leastCount) yield { first: slots[at + FIRST], second: slots[at + SECOND], count }
    }
  }

  /** Where the pair stands, or the empty slot where it belongs. */
  #slotOf(first: number, second: number): number {
    const slots = this.#slots
    const mask = slots.length / FIELDS - 1
    const hash = Math.imul(Math.imul(first, 0x9e3779b1) ^ second, 0x85ebca6b)
    for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const at = slot * FIELDS
      if (slots[at + COUNT] === 0) return at
      if (slots[at + FIRST] === first && slots[at + SECOND] === second) return at
    }
  }

  /** Puts the pairs that were seen more than `threshold` times into new slots. */
  #refill(length: number, threshold: number): void {
    const before = this.#slots
    this.#slots = new Int32Array(length)
    this.#size = 0
    for (let at = 0; at < before.length; at += FIELDS) {
      if (before[at + COUNT] <= threshold) continue
      const to = this.#slotOf(before[at + FIRST], before[at + SECOND])
      this.#slots.set(before.subarray(at, at + FIELDS), to)
      this.#size++
    }
  }
}
