import { createRequire } from 'node:module'
import { withoutBlanks } from './blank.js'
import type { Token, Tokenizer } from './tokenizer.js'

type Natural = typeof import('natural/lib/natural/tokenizers/index.js')

interface NaturalTokenizer {
  tokenize(text: string): string[]
}

/**
 * Those tokenizers of `natural` whose tokens stand in the text as written. (Its Norwegian, Swedish, Hindi and Japanese
 * ones rewrite letters or join what was apart, so that a place in the text cannot be told.)
 */
const makers = {
  'natural-treebank': (natural: Natural) => new natural.TreebankWordTokenizer(),
  'natural-word': (natural: Natural) => new natural.WordTokenizer(),
  'natural-word-punct': (natural: Natural) => new natural.WordPunctTokenizer(),
  'natural-case': (natural: Natural) => new natural.CaseTokenizer(),
  'natural-aggressive': (natural: Natural) => new natural.AggressiveTokenizer(),
  'natural-aggressive-de': (natural: Natural) => new natural.AggressiveTokenizerDe(),
  'natural-aggressive-es': (natural: Natural) => new natural.AggressiveTokenizerEs(),
  'natural-aggressive-fa': (natural: Natural) => new natural.AggressiveTokenizerFa(),
  'natural-aggressive-fr': (natural: Natural) => new natural.AggressiveTokenizerFr(),
  'natural-aggressive-id': (natural: Natural) => new natural.AggressiveTokenizerId(),
  'natural-aggressive-it': (natural: Natural) => new natural.AggressiveTokenizerIt(),
  'natural-aggressive-nl': (natural: Natural) => new natural.AggressiveTokenizerNl(),
  'natural-aggressive-pl': (natural: Natural) => new natural.AggressiveTokenizerPl(),
  'natural-aggressive-pt': (natural: Natural) => new natural.AggressiveTokenizerPt(),
  'natural-aggressive-ru': (natural: Natural) => new natural.AggressiveTokenizerRu(),
  'natural-aggressive-uk': (natural: Natural) => new natural.AggressiveTokenizerUk(),
  'natural-aggressive-vi': (natural: Natural) => new natural.AggressiveTokenizerVi(),
} satisfies Record<string, (natural: Natural) => NaturalTokenizer>

export const naturalTokenizers: ReadonlyMap<string, () => Tokenizer> = new Map(
  Object.entries(makers).map(([name, make]) => [name, () => wrap(name, make(loadNatural()))]),
)

/** `natural` is loaded only when one of its tokenizers is asked for, and of it only the tokenizers. */
function loadNatural(): Natural {
  return createRequire(import.meta.url)('natural/lib/natural/tokenizers/index.js')
}

function wrap(name: string, natural: NaturalTokenizer): Tokenizer {
  const tokens = (text: string): Token[] => {
    const lowered = lowerInPlace(withoutBlanks(text))
    const found: Token[] = []
    let from = 0
    for (const token of natural.tokenize(lowered)) {
      if (!isWord(token)) continue
      const start = lowered.indexOf(token, from)
      if (start === -1) continue
      from = start + token.length
      // Lowered by itself, so that a word does not depend on its neighbours (Greek's final sigma does).
      found.push({ word: lowerInPlace(text.slice(start, from)), start, end: from })
    }
    return found
  }
  return { name, tokens, words: (text) => tokens(text).map(({ word }) => word) }
}

/** Lower case of the same length: İ, the one letter that grows, becomes a plain i. */
function lowerInPlace(text: string): string {
  return text.replaceAll('\u0130', 'i').toLowerCase()
}

/** White space is no word, nor is half of a character (natural cuts emoji in two). */
function isWord(token: string): boolean {
  return /\S/.test(token) && !/\p{Surrogate}/u.test(token)
}
