import type { Token, Tokenizer } from './tokenizer.js'

/*
 * The default tokenizer: lower-case runs of letters, digits and the marks upon them, with apostrophes between ("don't"
 * is one word, "3.5" two). U+2019, as typographers write it, counts as an apostrophe. Everything else separates, so
 * that the blank `___` vanishes. Written for speed: a corpus goes through here once an epoch.
 */

const UNKNOWN = 0
const SEPARATOR = 1
const LETTER = 2
const APOSTROPHE = 3
/** The first half of a character beyond U+FFFF. */
const HIGH_SURROGATE = 4

/** What each UTF-16 code unit is; filled as code units are met. */
const kinds = new Uint8Array(65536)

const WORD_CHARACTER = /^[\p{L}\p{M}\p{Nd}]$/u

function kindOf(unit: number): number {
  const known = kinds[unit]
  return known === UNKNOWN ? (kinds[unit] = classify(unit)) : known
}

function classify(unit: number): number {
  if (unit === 0x27 || unit === 0x2019) return APOSTROPHE
  if (unit >= 0xd800 && unit < 0xdc00) return HIGH_SURROGATE
  return WORD_CHARACTER.test(String.fromCharCode(unit)) ? LETTER : SEPARATOR
}

/** The length in code units of the word character at `at`, 0 where there is none. */
function letterAt(text: string, at: number): number {
  const kind = kindOf(text.charCodeAt(at))
  if (kind === LETTER) return 1
  if (kind !== HIGH_SURROGATE || at + 1 >= text.length) return 0
  return WORD_CHARACTER.test(text.slice(at, at + 2)) ? 2 : 0
}

/** Where the first word at or after `from` begins; the text's length if there is none. */
function wordStart(text: string, from: number): number {
  let at = from
  while (at < text.length && letterAt(text, at) === 0) at++
  return at
}

/** Where the word that begins at `start` ends. */
function wordEnd(text: string, start: number): number {
  let at = start
  for (;;) {
    const length = at < text.length ? letterAt(text, at) : 0
    if (length > 0) at += length
    else if (at + 1 < text.length && kindOf(text.charCodeAt(at)) === APOSTROPHE && letterAt(text, at + 1) > 0) at++
    else return at
  }
}

/** Lower-casing depends on neighbours (final sigma) or changes the length (İ) for these two alone. */
const LOWERED_WORD_BY_WORD = /[\u0130\u03a3]/

/**
 * The word at start..end of `text`, which is `lowered` where that is defined. A slice of 13 units or more is, in V8, a
 * window on the whole text; a copy lets the text go.
 */
function wordAt(text: string, lowered: string | undefined, start: number, end: number): string {
  let word = lowered === undefined ? text.slice(start, end).toLowerCase() : lowered.slice(start, end)
  if (word.includes('\u2019')) word = word.replaceAll('\u2019', "'")
  return word.length < 13 ? word : ` ${word}`.slice(1)
}

const lowerAtOnce = (text: string): string | undefined =>
  LOWERED_WORD_BY_WORD.test(text) ? undefined : text.toLowerCase()

/** What {@link foldedUnit} says of a code unit that is no letter by itself. */
export const FOLDED = {
  separator: 0,
  /** The plain apostrophe's own number, for both. */
  apostrophe: 0x27,
  /** What it becomes depends on its neighbours, or is more than one code unit. */
  irregular: 1,
} as const

/** The lower-case code unit of one that belongs to words, or a member of {@link FOLDED}. */
export function foldedUnit(unit: number): number {
  const known = foldedUnits[unit]
  return known === NOT_FOLDED_YET ? (foldedUnits[unit] = fold(unit)) : known
}

/** A code unit that stands for none: no character is U+FFFF. */
const NOT_FOLDED_YET = 0xffff
const foldedUnits = new Uint16Array(65536).fill(NOT_FOLDED_YET)

function fold(unit: number): number {
  const kind = kindOf(unit)
  if (kind === SEPARATOR) return FOLDED.separator
  if (kind === APOSTROPHE) return FOLDED.apostrophe
  const written = String.fromCharCode(unit)
  const lowered = written.toLowerCase()
  if (kind === HIGH_SURROGATE || LOWERED_WORD_BY_WORD.test(written) || lowered.length > 1) return FOLDED.irregular
  return lowered.charCodeAt(0)
}

export const wordTokenizer: Tokenizer = {
  name: 'word',
  // What ends a word is never a letter, and an apostrophe belongs to the letters on both sides of it.
  wordByWord: true,

  words(text) {
    const lowered = lowerAtOnce(text)
    const words: string[] = []
    for (let start = wordStart(text, 0); start < text.length; ) {
      const end = wordEnd(text, start)
      words.push(wordAt(text, lowered, start, end))
      start = wordStart(text, end)
    }
    return words
  },

  tokens(text) {
    const lowered = lowerAtOnce(text)
    const tokens: Token[] = []
    for (let start = wordStart(text, 0); start < text.length; ) {
      const end = wordEnd(text, start)
      tokens.push({ word: wordAt(text, lowered, start, end), start, end })
      start = wordStart(text, end)
    }
    return tokens
  },
}
