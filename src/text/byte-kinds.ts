import { FOLDED, foldedUnit } from './word-tokenizer.js'

const NEWLINE = 1
const APOSTROPHE = 2
const BEYOND_ASCII = 3

/**
 * What each byte of UTF-8 text is to the tokenizer `word`: one of the above, a lower-case letter or digit (more than
 * those), or 0 for what separates words. The kernel `word-table` goes by it.
 */
export const BYTE_KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x80) return BEYOND_ASCII
  if (byte === 0x0a) return NEWLINE
  const folded = foldedUnit(byte)
  return folded === FOLDED.apostrophe ? APOSTROPHE : folded
})
