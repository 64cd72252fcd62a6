import { endianness } from 'node:os'

/** Enough for a word of 65,536 UTF-16 units. */
const SCRATCH_BYTES = (3 << 16) + 4

/** Fields of a word's record, each an int32. */
const HASH = 0
const START = 1
const LENGTH = 2
const NUMBER = 3
const COUNT = 4
const FIELDS = 5

/** What a table dropped to stay within its limit. */
export interface Pruning {
  /** Distinct words that were held. */
  readonly held: number
  /** How many of them were dropped. */
  readonly dropped: number
  /** They had been seen at most so often, since they were last dropped. */
  readonly threshold: number
}

/** One line that tells the user. */
export function pruningNote({ held, dropped, threshold }: Pruning): string {
  const times = threshold === 1 ? 'once' : `at most ${threshold} times`
  return `vocabulary: more than ${held} distinct words; ${dropped} seen ${times} so far are dropped to save memory`
}

export interface WordTableOptions {
  /** Most distinct words held at a time; by default all. */
  readonly limit?: number
  /** Told when rare words were dropped to stay within the limit. */
  readonly onPruning?: (pruning: Pruning) => void
}

/**
 * Counts words and numbers them in the order they are first seen. Keys are UTF-8 bytes, one behind the other, found by
 * open addressing, so that a word that was seen before costs no object: words come in millions a second.
 *
 * With a limit, rare words are dropped whenever more distinct ones come: those seen once, then those seen twice, and so
 * on until a quarter of the limit is free (after ReduceVocab of word2vec.c, whose threshold never falls again, which is
 * hard on words that come late). What was counted of a dropped word is forgotten; seen again, it is a new word with a
 * new number. What is dropped depends on the text alone.
 */
export class WordTable {
  /** Where words are written that come as strings, or are folded. */
  scratch = new Uint8Array(SCRATCH_BYTES)
  #scratchView = new DataView(this.scratch.buffer)
  /** The word that is looked for. */
  #key = new Int32Array(SCRATCH_BYTES / 4)

  /** Of 2^k slots at least half are 0, the others 1 + the index of a record. */
  #slots = new Int32Array(1 << 12)
  #records = new Int32Array((1 << 11) * FIELDS)
  #ints = new Int32Array(1 << 12)
  #intsUsed = 0
  #held = 0
  #numbers = 0
  readonly #limit: number
  readonly #onPruning: WordTableOptions['onPruning']

  constructor({ limit = Infinity, onPruning }: WordTableOptions = {}) {
    this.#limit = limit
    this.#onPruning = onPruning
  }

  /** Distinct words held. */
  get size(): number {
    return this.#held
  }

  /** Numbers given so far: every one is less. */
  get numbers(): number {
    return this.#numbers
  }

  /** Counts a word once more; its number. */
  count(word: string): number {
    const most = 3 * word.length
    if (this.scratch.length < most + 3) {
      this.scratch = new Uint8Array(most + 3)
      this.#scratchView = new DataView(this.scratch.buffer)
      this.#key = new Int32Array(intsOf(most))
    }
    const scratch = this.scratch
    for (let length = 0; length < word.length; length++) {
      const unit = word.charCodeAt(length)
      if (unit >= 0x80) return this.countScratch(encoder.encodeInto(word, scratch).written)
      scratch[length] = unit
    }
    return this.countScratch(word.length)
  }

  /** Counts once more the word whose UTF-8 bytes stand at the beginning of {@link scratch}; its number. */
  countScratch(length: number): number {
    return this.countBytes(this.#scratchView, 0, length, 0)
  }

  /**
   * Counts once more the word whose UTF-8 bytes stand at start..start + length, four at a time, each four combined with
   * `bits` by OR; its number. The three bytes after it are read too, whatever they are.
   */
  countBytes(bytes: DataView, start: number, length: number, bits: number): number {
    const key = this.#key
    const last = intsOf(length) - 1
    let hash = length
    for (let at = 0; at < last; at++) hash = hashStep(hash, (key[at] = bytes.getInt32(start + 4 * at, true) | bits))
    if (last >= 0) {
      const mask = -1 >>> (8 * (4 * (last + 1) - length))
      hash = hashStep(hash, (key[last] = (bytes.getInt32(start + 4 * last, true) | bits) & mask))
    }
    const slots = this.#slots
    const records = this.#records
    const held = this.#ints
    const slotMask = slots.length - 1
    probe: for (let slot = firstSlot(hash, slotMask); ; slot = (slot + 1) & slotMask) {
      const index = slots[slot] - 1
      if (index < 0) return this.#add(slot, length, hash)
      const record = index * FIELDS
      if (records[record + HASH] !== hash || records[record + LENGTH] !== length) continue
      const from = records[record + START]
      for (let at = 0; at <= last; at++) if (held[from + at] !== key[at]) continue probe
      records[record + COUNT]++
      return records[record + NUMBER]
    }
  }

  /** The count of the most frequent word. */
  get highestCount(): number {
    let highest = 0
    for (let record = 0; record < this.#held * FIELDS; record += FIELDS) {
      highest = Math.max(highest, this.#records[record + COUNT] >>> 0)
    }
    return highest
  }

  /** The words held, with their numbers and counts, in the order of their numbers. */
  *words(leastCount = 1): Generator<{ word: string; number: number; count: number }> {
    const text = Buffer.from(littleEndian(this.#ints.subarray(0, this.#intsUsed)))
    for (let record = 0; record < this.#held * FIELDS; record += FIELDS) {
      const count = this.#records[record + COUNT] >>> 0
      if (count < leastCount) continue
      const start = 4 * this.#records[record + START]
      const word = text.toString('utf8', start, start + this.#records[record + LENGTH])
      yield { word, number: this.#records[record + NUMBER], count }
    }
  }

  #add(emptySlot: number, length: number, hash: number): number {
    let slot = emptySlot
    if (this.#held >= this.#limit) {
      this.#prune()
      slot = -1
    }
    if (2 * (this.#held + 1) > this.#slots.length) {
      this.#fillSlots(2 * this.#slots.length)
      slot = -1
    }
    if (slot < 0) slot = this.#emptySlot(hash)
    const record = this.#held++ * FIELDS
    const number = this.#numbers++
    this.#slots[slot] = this.#held
    if (record === this.#records.length) this.#records = grown(this.#records, 2 * record)
    const start = this.#intsUsed
    const ints = intsOf(length)
    this.#intsUsed += ints
    if (this.#intsUsed > this.#ints.length) {
      this.#ints = grown(this.#ints, Math.max(2 * this.#ints.length, this.#intsUsed))
    }
    this.#ints.set(this.#key.subarray(0, ints), start)
    this.#records.set([hash, start, length, number, 1], record)
    return number
  }

  #emptySlot(hash: number): number {
    const mask = this.#slots.length - 1
    let slot = firstSlot(hash, mask)
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    return slot
  }

  #fillSlots(size: number): void {
    this.#slots = new Int32Array(size)
    for (let index = 0; index < this.#held; index++) {
      this.#slots[this.#emptySlot(this.#records[index * FIELDS + HASH])] = index + 1
    }
  }

  /** A quarter of the limit is free then, so that the next pruning is a while away. */
  #prune(): void {
    const held = this.#held
    let threshold = 0
    do this.#drop(++threshold)
    while (this.#held > 0.75 * this.#limit)
    this.#fillSlots(this.#slots.length)
    this.#onPruning?.({ held, dropped: held - this.#held, threshold })
  }

  /** Moves the words that were seen more often to the front, bytes too. */
  #drop(threshold: number): void {
    const records = this.#records
    let kept = 0
    this.#intsUsed = 0
    for (let record = 0; record < this.#held * FIELDS; record += FIELDS) {
      if (records[record + COUNT] >>> 0 <= threshold) continue
      const start = records[record + START]
      const ints = intsOf(records[record + LENGTH])
      this.#ints.copyWithin(this.#intsUsed, start, start + ints)
      records.copyWithin(kept * FIELDS, record, record + FIELDS)
      records[kept * FIELDS + START] = this.#intsUsed
      this.#intsUsed += ints
      kept++
    }
    this.#held = kept
  }
}

const encoder = new TextEncoder()

const hashStep = (hash: number, bytes: number): number => Math.imul(hash ^ bytes, 0x9e3779b1) ^ (hash >>> 15)

const firstSlot = (hash: number, mask: number): number => (hash ^ (hash >>> 15)) & mask

/** How many int32 hold so many bytes. */
const intsOf = (bytes: number): number => (bytes + 3) >> 2

function grown(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length)
  larger.set(array)
  return larger
}

/** The bytes of int32 whose lowest is the first. */
function littleEndian(ints: Int32Array<ArrayBuffer>): ArrayBuffer {
  if (endianness() === 'LE') return ints.buffer
  const bytes = new DataView(new ArrayBuffer(ints.byteLength))
  ints.forEach((int, at) => {
    bytes.setInt32(4 * at, int, true)
  })
  return bytes.buffer
}
