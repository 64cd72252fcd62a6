import type { NumberedSentences } from './numbered-sentences.js'
import { LONGEST_RUN } from './pieces.js'
import { FOLDED, foldedUnit, wordTokenizer } from './word-tokenizer.js'

/*
 * What `wordTokenizer` does, on bytes: no string is made for a word, which is numbered as its bytes are read. ASCII
 * words go by a kernel; what has an apostrophe or a character beyond ASCII takes a slower way, and what cannot be
 * lower-cased code unit by code unit goes to the tokenizer itself. A test holds the two together.
 */

/**
 * Numbers the words of UTF-8 text; a newline ends the sentence.
 * @param bytes of which those from `from` to `to` - 1 are read; the last one is ASCII white space, they are at most
 *   {@link LONGEST_RUN} + 1
 */
export function scanWords(bytes: Buffer, from: number, to: number, sentences: NumberedSentences): void {
  const { table } = sentences
  table.text.set(bytes.subarray(from, to))
  for (let at = from; at < to; ) {
    at = from + table.scan(at - from, to - from)
    sentences.addFound(table.found, table.foundLength)
    if (at < to) at = scanAnyWord(bytes, at, sentences)
  }
}

/** Numbers one word of any characters, or passes one character that belongs to none; where to go on. */
function scanAnyWord(bytes: Buffer, start: number, sentences: NumberedSentences): number {
  const { table } = sentences
  const { scratch } = table
  let length = 0
  let at = start
  for (;;) {
    const written = unitAt(bytes, at)
    let unit = foldedUnit(written)
    const after = at + bytesOf(written)
    if (unit === FOLDED.apostrophe) {
      const next = foldedUnit(unitAt(bytes, after))
      if (next === FOLDED.irregular) unit = next
      else if (length === 0 || next === FOLDED.separator || next === FOLDED.apostrophe) unit = FOLDED.separator
    }
    if (unit === FOLDED.irregular) return scanPlainly(bytes, start, sentences)
    if (unit === FOLDED.separator) {
      if (length === 0) return after
      sentences.addNumber(table.countScratch(length))
      return at
    }
    at = after
    length += putUtf8(unit, scratch, length)
  }
}

/** From a word's beginning to the next white space, by the tokenizer. */
function scanPlainly(bytes: Buffer, start: number, sentences: NumberedSentences): number {
  let end = start
  while (!isSpaceByte(bytes[end])) end++
  for (const word of wordTokenizer.words(bytes.toString('utf8', start, end))) sentences.add(word)
  return end
}

/** White space in ASCII. No byte of another character is one of these. */
export const isSpaceByte = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)

/** The UTF-16 code unit at a character's first byte; for one of two code units, a first half. */
function unitAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]
  if (lead < 0x80) return lead
  if (lead < 0xe0) return ((lead & 0x1f) << 6) | (bytes[at + 1] & 0x3f)
  if (lead < 0xf0) return ((lead & 0x0f) << 12) | ((bytes[at + 1] & 0x3f) << 6) | (bytes[at + 2] & 0x3f)
  return 0xd800
}

const bytesOf = (unit: number): number => (unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3)

/** Writes a code unit that is a character by itself; the number of its bytes. */
function putUtf8(unit: number, bytes: Uint8Array, at: number): number {
  if (unit < 0x80) {
    bytes[at] = unit
    return 1
  }
  if (unit < 0x800) {
    bytes[at] = 0xc0 | (unit >> 6)
    bytes[at + 1] = 0x80 | (unit & 0x3f)
    return 2
  }
  bytes[at] = 0xe0 | (unit >> 12)
  bytes[at + 1] = 0x80 | ((unit >> 6) & 0x3f)
  bytes[at + 2] = 0x80 | (unit & 0x3f)
  return 3
}
