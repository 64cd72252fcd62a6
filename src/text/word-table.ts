import { endianness } from 'node:os'

/** Enough for a word of 65,536 UTF-16 units. */
const SCRATCH_BYTES = (3 << 16) + 4

/** Fields of a word's record, each an int32; its bytes follow, so that a look touches one or two lines of the cache. */
const HASH = 0
const LENGTH = 1
const NUMBER = 2
const COUNT = 3
const BYTES = 4
/** Where the first record begins: 0 says that there is none. */
const FIRST = 4

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

  /** Of 2^k slots at least half are 0, the others say where a record begins. */
  #slots = new Int32Array(1 << 12)
  #records = new Int32Array(1 << 14)
  #end = FIRST
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
    const slotMask = slots.length - 1
    probe: for (let slot = firstSlot(hash, slotMask); ; slot = (slot + 1) & slotMask) {
      const record = slots[slot]
      if (record === 0) return this.#add(slot, length, hash)
      if (records[record + HASH] !== hash || records[record + LENGTH] !== length) continue
      const from = record + BYTES
      for (let at = 0; at <= last; at++) if (records[from + at] !== key[at]) continue probe
      records[record + COUNT]++
      return records[record + NUMBER]
    }
  }

  /** The count of the most frequent word. */
  get highestCount(): number {
    let highest = 0
    for (const record of this.#places()) highest = Math.max(highest, this.#records[record + COUNT] >>> 0)
    return highest
  }

  /** The words held, with their numbers and counts, in the order of their numbers. */
  *words(leastCount = 1): Generator<{ word: string; number: number; count: number }> {
    const text = Buffer.from(littleEndian(this.#records))
    for (const record of this.#places()) {
      const count = this.#records[record + COUNT] >>> 0
      if (count < leastCount) continue
      const start = 4 * (record + BYTES)
      const word = text.toString('utf8', start, start + this.#records[record + LENGTH])
      yield { word, number: this.#records[record + NUMBER], count }
    }
  }

  /** Where the records begin, in the order of their numbers. */
  *#places(): Generator<number> {
    for (let record = FIRST; record < this.#end; record = this.#after(record)) yield record
  }

  /** Where the next record begins. */
  #after(record: number): number {
    return record + BYTES + intsOf(this.#records[record + LENGTH])
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
    const record = this.#end
    const number = this.#numbers++
    const ints = intsOf(length)
    this.#held++
    this.#end += BYTES + ints
    if (this.#end > this.#records.length) {
      this.#records = grown(this.#records, Math.max(2 * this.#records.length, this.#end))
    }
    this.#slots[slot] = record
    this.#records.set([hash, length, number, 1], record)
    this.#records.set(this.#key.subarray(0, ints), record + BYTES)
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
    for (const record of this.#places()) this.#slots[this.#emptySlot(this.#records[record + HASH])] = record
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

  /** Moves the words that were seen more often to the front. */
  #drop(threshold: number): void {
    const records = this.#records
    const end = this.#end
    this.#end = FIRST
    this.#held = 0
    for (let record = FIRST; record < end; ) {
      const next = this.#after(record)
      if (records[record + COUNT] >>> 0 > threshold) {
        records.copyWithin(this.#end, record, next)
        this.#end += next - record
        this.#held++
      }
      record = next
    }
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
