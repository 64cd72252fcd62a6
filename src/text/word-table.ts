import { instantiate } from '../kernels/instantiate.js'
import { wasmFunction, wasmNumberFunction } from '../kernels/wasm-function.js'
import { BYTE_KINDS } from './byte-kinds.js'
import { LONGEST_RUN } from './pieces.js'

/*
 * Addresses in the memory of the kernel, in bytes: its state, what bytes are, text that is scanned, the numbers found in
 * it, one word; behind them the slots, and the records to the end.
 */
const STATE = 1024
const KINDS = 1280
const TEXT = 2048
/** The kernel reads eight bytes at a time, and so beyond a word's end. */
const SPARE_BYTES = 16
const FOUND = TEXT + LONGEST_RUN + 1024
const SCRATCH = FOUND + 4 * (LONGEST_RUN + 16)

/** Fields of the state, each a uint32. */
const SLOTS = 0
const SLOT_MASK = 1
const RECORDS = 2
const RECORDS_END = 3
const NUMBERS = 4
const HELD = 5
const MOST_HELD = 6
const ROOM_END = 7
const FOUND_END = 8

/** Fields of a word's record, each an int32; its bytes follow, with zeros up to a multiple of 8. */
const LENGTH = 1
const NUMBER = 2
const COUNT = 3
const HEAD_BYTES = 16
/** Where the first record begins, from where they all do: a slot of 0 is empty. */
const FIRST = 16

const PAGE = 65_536
const MOST_PAGES = 65_536

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
 * open addressing, so that a word that was seen before costs no object: words come in millions a second. A kernel looks
 * them up and adds them; here it is given the room.
 *
 * With a limit, rare words are dropped whenever more distinct ones come: those seen once, then those seen twice, and so
 * on until a quarter of the limit is free (after ReduceVocab of word2vec.c, whose threshold never falls again, which is
 * hard on words that come late). What was counted of a dropped word is forgotten; seen again, it is a new word with a
 * new number. What is dropped depends on the text alone.
 */
export class WordTable {
  readonly #memory = new WebAssembly.Memory({ initial: 8, maximum: MOST_PAGES, shared: true })
  readonly #state = new Uint32Array(this.#memory.buffer, STATE, FOUND_END + 1)
  /** Where text is put that is to be scanned. */
  readonly text = new Uint8Array(this.#memory.buffer, TEXT, LONGEST_RUN + 1)
  /** What {@link scan} found, the first {@link foundLength}: numbers of words, and -1 for newlines. */
  readonly found = new Int32Array(this.#memory.buffer, FOUND, LONGEST_RUN + 1)
  /** Where a word is put that is not counted from {@link text}. */
  scratch = Buffer.alloc(0)
  readonly #count: (at: number, length: number) => number
  readonly #scan: (at: number, end: number, found: number) => number
  readonly #fillSlots: () => void
  readonly #limit: number
  readonly #onPruning: WordTableOptions['onPruning']

  constructor({ limit = Infinity, onPruning }: WordTableOptions = {}) {
    this.#limit = limit
    this.#onPruning = onPruning
    const exports = instantiate('word-table', this.#memory)
    this.#count = wasmNumberFunction(exports, 'count')
    this.#scan = wasmNumberFunction(exports, 'scan')
    this.#fillSlots = wasmFunction(exports, 'fillSlots')
    new Uint8Array(this.#memory.buffer).set(BYTE_KINDS, KINDS)
    this.#layOut({ scratchBytes: 3 * LONGEST_RUN + SPARE_BYTES, slots: 1 << 12, recordBytes: 1 << 16 })
  }

  /** Distinct words held. */
  get size(): number {
    return this.#state[HELD]
  }

  /** Numbers given so far: every one is less. */
  get numbers(): number {
    return this.#state[NUMBERS]
  }

  get foundLength(): number {
    return (this.#state[FOUND_END] - FOUND) / 4
  }

  /** Counts a word once more; its number. */
  count(word: string): number {
    const most = 3 * word.length + SPARE_BYTES
    if (this.scratch.length < most) this.#layOut({ scratchBytes: most })
    return this.countScratch(this.scratch.write(word))
  }

  /** Counts once more the word whose UTF-8 bytes stand at the beginning of {@link scratch}; its number. */
  countScratch(length: number): number {
    for (;;) {
      const number = this.#count(SCRATCH, length)
      if (number >= 0) return number
      this.#makeRoom(length)
    }
  }

  /**
   * Counts the words in `from` to `to` - 1 of {@link text}, lower-cased, and leaves what it {@link found}. The last byte
   * is ASCII white space.
   * @returns where it stopped: at `to`, or at a word that is to be counted another way, since it is not all ASCII or
   *   there is no room for it
   */
  scan(from: number, to: number): number {
    return this.#scan(TEXT + from, TEXT + to, FOUND) - TEXT
  }

  /** The count of the most frequent word. */
  get highestCount(): number {
    const ints = this.#ints()
    let highest = 0
    for (const record of this.#places()) highest = Math.max(highest, ints[record + COUNT] >>> 0)
    return highest
  }

  /** The words held, with their numbers and counts, in the order of their numbers. */
  *words(leastCount = 1): Generator<{ word: string; number: number; count: number }> {
    const ints = this.#ints()
    const text = Buffer.from(this.#memory.buffer)
    for (const record of this.#places()) {
      const count = ints[record + COUNT] >>> 0
      if (count < leastCount) continue
      const start = 4 * record + HEAD_BYTES
      const word = text.toString('utf8', start, start + ints[record + LENGTH])
      yield { word, number: ints[record + NUMBER], count }
    }
  }

  #ints(): Int32Array {
    return new Int32Array(this.#memory.buffer)
  }

  /** The records in the order of their numbers, as places of int32. */
  *#places(): Generator<number> {
    const ints = this.#ints()
    const end = this.#state[RECORDS_END] >>> 2
    for (let record = (this.#state[RECORDS] + FIRST) >>> 2; record < end; ) {
      const next = record + recordBytes(ints[record + LENGTH]) / 4
      yield record
      record = next
    }
  }

  /** Makes room for one more word of so many bytes. */
  #makeRoom(length: number): void {
    if (this.size >= this.#limit) this.#prune()
    const state = this.#state
    const slots = (state[SLOT_MASK] + 1) * (2 * (this.size + 1) > state[SLOT_MASK] + 1 ? 2 : 1)
    const needed = state[RECORDS_END] - state[RECORDS] + recordBytes(length)
    const room = state[ROOM_END] - state[RECORDS]
    this.#layOut({ slots, recordBytes: needed > room ? Math.max(2 * room, needed) : room })
  }

  /** Divides the memory anew, and moves the records. */
  #layOut({
    scratchBytes = this.scratch.length,
    slots = this.#state[SLOT_MASK] + 1,
    recordBytes: room = this.#state[ROOM_END] - this.#state[RECORDS],
  }): void {
    const state = this.#state
    const [recordsWere, endWas] = [state[RECORDS], state[RECORDS_END]]
    const slotsAt = SCRATCH + Math.ceil(scratchBytes / 16) * 16
    const recordsAt = slotsAt + 4 * slots
    const pages = Math.ceil((recordsAt + room) / PAGE)
    const more = pages - this.#memory.buffer.byteLength / PAGE
    if (more > 0) this.#memory.grow(more)
    const bytes = new Uint8Array(this.#memory.buffer)
    bytes.copyWithin(recordsAt, recordsWere, endWas)
    state[SLOTS] = slotsAt
    state[SLOT_MASK] = slots - 1
    state[RECORDS] = recordsAt
    state[RECORDS_END] = recordsAt + Math.max(FIRST, endWas - recordsWere)
    state[MOST_HELD] = Math.min(this.#limit, slots / 2)
    state[ROOM_END] = recordsAt + room
    this.scratch = Buffer.from(this.#memory.buffer, SCRATCH, scratchBytes)
    this.#refillSlots()
  }

  #refillSlots(): void {
    this.#ints().fill(0, this.#state[SLOTS] / 4, this.#state[RECORDS] / 4)
    this.#fillSlots()
  }

  /** A quarter of the limit is free then, so that the next pruning is a while away. */
  #prune(): void {
    const held = this.size
    let threshold = 0
    do this.#drop(++threshold)
    while (this.size > 0.75 * this.#limit)
    this.#refillSlots()
    this.#onPruning?.({ held, dropped: held - this.size, threshold })
  }

  /** Moves the words that were seen more often to the front. */
  #drop(threshold: number): void {
    const state = this.#state
    const ints = this.#ints()
    let end = (state[RECORDS] + FIRST) >>> 2
    let held = 0
    for (const record of this.#places()) {
      if (ints[record + COUNT] >>> 0 <= threshold) continue
      const length = recordBytes(ints[record + LENGTH]) / 4
      ints.copyWithin(end, record, record + length)
      end += length
      held++
    }
    state[RECORDS_END] = 4 * end
    state[HELD] = held
  }
}

/** Of the record of a word of so many bytes. */
const recordBytes = (length: number): number => HEAD_BYTES + Math.ceil(length / 8) * 8
