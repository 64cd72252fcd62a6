/*
 * A table of words by their UTF-8 bytes, and the scanning of ASCII text by it; see src/text/word-table.ts, which lays
 * out the memory and makes room. Eight bytes are handled at a time; whatever stands behind a word may be read.
 */

// The state, at 1,024.
const SLOTS: usize = 1024
const SLOT_MASK: usize = 1028
const RECORDS: usize = 1032
const RECORDS_END: usize = 1036
const NUMBERS: usize = 1040
const HELD: usize = 1044
/** No more words are added than so many held, nor beyond the room for records. */
const MOST_HELD: usize = 1048
const ROOM_END: usize = 1052
/** What {@link scan} found. */
const FOUND_END: usize = 1056
const KINDS: usize = 1280
/** Words found by their bytes but not yet looked up: where each begins, its length and hash; a newline has length 0. */
const BATCH: usize = 1536
const BATCH_END: usize = BATCH + 12 * 32

// Kinds of bytes, as in src/text/word-scanner.ts.
const NEWLINE: u32 = 1
const BEYOND_ASCII: u32 = 3

const LOWER_CASE: u64 = 0x2020202020202020
/** Stands for a newline among the numbers found. */
const SENTENCE_ENDS: i32 = -1
const NO_ROOM: i32 = -1

// A word's record: hash, length, number, count, each an int32; then its bytes, with zeros up to a multiple of 8.
const LENGTH: usize = 4
const NUMBER: usize = 8
const COUNT: usize = 12
const BYTES: usize = 16

/** The bytes of a word from `at` on, of which `rest` are left, with zeros behind them. */
@inline function eight(at: usize, rest: i32, bits: u64): u64 {
  const loaded = load<u64>(at) | bits
  return rest >= 8 ? loaded : loaded & (~(<u64>0) >> (8 * (8 - rest)))
}

@inline function hashOf(at: usize, length: i32, bits: u64): u32 {
  let hash = <u64>length
  for (let rest = length; rest > 0; rest -= 8, at += 8) {
    hash = (hash ^ eight(at, rest, bits)) * 0x9e3779b97f4a7c15
    hash ^= hash >> 29
  }
  return <u32>(hash ^ (hash >> 32))
}

@inline function slotAt(hash: u32): usize {
  return load<u32>(SLOTS) + 4 * (hash & load<u32>(SLOT_MASK))
}

@inline function isWord(record: usize, at: usize, length: i32, hash: u32, bits: u64): bool {
  if (load<u32>(record) != hash || load<i32>(record, LENGTH) != length) return false
  let key = record
  for (let rest = length; rest > 0; rest -= 8, at += 8, key += 8) {
    if (load<u64>(key, BYTES) != eight(at, rest, bits)) return false
  }
  return true
}

/** Counts a word once more; its number, or -1 where it is new and there is no room for it. */
@inline function countHashed(at: usize, length: i32, hash: u32, bits: u64): i32 {
  const records = <usize>load<u32>(RECORDS)
  for (let next = hash; ; next++) {
    const slot = slotAt(next)
    const place = load<u32>(slot)
    if (place == 0) return add(slot, at, length, hash, bits)
    const record = records + place
    if (!isWord(record, at, length, hash, bits)) continue
    store<u32>(record, load<u32>(record, COUNT) + 1, COUNT)
    return load<i32>(record, NUMBER)
  }
}

function add(slot: usize, at: usize, length: i32, hash: u32, bits: u64): i32 {
  const record = <usize>load<u32>(RECORDS_END)
  const end = record + BYTES + ((length + 7) & ~7)
  const held = load<u32>(HELD)
  if (held >= load<u32>(MOST_HELD) || end > <usize>load<u32>(ROOM_END)) return NO_ROOM
  const number = load<i32>(NUMBERS)
  store<u32>(NUMBERS, number + 1)
  store<u32>(HELD, held + 1)
  store<u32>(RECORDS_END, <u32>end)
  store<u32>(slot, <u32>record - load<u32>(RECORDS))
  store<u32>(record, hash)
  store<i32>(record, length, LENGTH)
  store<i32>(record, number, NUMBER)
  store<u32>(record, 1, COUNT)
  let key = record
  for (let rest = length; rest > 0; rest -= 8, at += 8, key += 8) store<u64>(key, eight(at, rest, bits), BYTES)
  return number
}

/** Counts once more the word whose bytes stand there; its number, or -1 where it is new and there is no room for it. */
export function count(at: usize, length: i32): i32 {
  return countHashed(at, length, hashOf(at, length, 0), 0)
}

/**
 * Counts the words of text, and writes the number of each, or -1 for a newline, from `found` on. Where it stopped: at
 * `end`, at a word that is not all ASCII, or at one for which there is no room. Words go by batches: while one waits for
 * the memory, so do the others.
 */
export function scan(at: usize, end: usize, found: usize): usize {
  let stopped = false
  while (at < end && !stopped) {
    let batch = BATCH
    while (at < end && batch < BATCH_END) {
      let kind: u32 = load<u8>(KINDS + load<u8>(at))
      if (kind <= NEWLINE) {
        if (kind == NEWLINE) {
          store<u32>(batch, 0, 4)
          batch += 12
        }
        at++
        continue
      }
      const start = at
      while (kind > BEYOND_ASCII) kind = load<u8>(KINDS + load<u8>(++at))
      if (kind > NEWLINE) {
        at = start
        stopped = true
        break
      }
      const length = <i32>(at - start)
      const hash = hashOf(start, length, LOWER_CASE)
      store<u32>(batch, <u32>start)
      store<i32>(batch, length, 4)
      store<u32>(batch, hash, 8)
      batch += 12
      load<u32>(slotAt(hash))
    }
    for (let word = BATCH; word < batch; word += 12) {
      const length = load<i32>(word, 4)
      let number = SENTENCE_ENDS
      if (length > 0) {
        const start = load<u32>(word)
        number = countHashed(start, length, load<u32>(word, 8), LOWER_CASE)
        if (number == NO_ROOM) {
          at = start
          stopped = true
          break
        }
      }
      store<i32>(found, number)
      found += 4
    }
  }
  store<u32>(FOUND_END, <u32>found)
  return at
}

/** Puts all records into the slots, which hold nothing. */
export function fillSlots(): void {
  const records = <usize>load<u32>(RECORDS)
  const end = <usize>load<u32>(RECORDS_END)
  let record = records + 16
  while (record < end) {
    let next = load<u32>(record)
    while (load<u32>(slotAt(next)) != 0) next++
    store<u32>(slotAt(next), <u32>(record - records))
    record += BYTES + ((load<i32>(record, LENGTH) + 7) & ~7)
  }
}
