import type { Token, Tokenizer } from './tokenizer.js'

/** Two words, either perhaps a phrase of an earlier pass, that are read as one. */
export interface Phrase {
  readonly first: string
  readonly second: string
  /** How far the pair is more frequent than chance: see `learnPhrases`. */
  readonly score: number
}

/** How a phrase is written as one word. */
export const phraseWord = (first: string, second: string): string => `${first}_${second}`

/** The phrases of each pass, and the joining of them. */
export class Phrases {
  readonly #pairs: readonly ReadonlySet<string>[]

  /** @param passes in the order in which they join */
  constructor(readonly passes: readonly (readonly Phrase[])[]) {
    this.#pairs = passes.map((phrases) => new Set(phrases.map(({ first, second }) => keyOf(first, second))))
  }

  /** The tokens with those of a phrase as one: in each pass from left to right, no word in two phrases. */
  join(tokens: readonly Token[]): Token[] {
    let joined = [...tokens]
    for (const pairs of this.#pairs) {
      const before = joined
      joined = []
      for (let at = 0; at < before.length; at++) {
        const token = before[at]
        const next = at + 1 < before.length ? before[at + 1] : undefined
        if (next === undefined || !pairs.has(keyOf(token.word, next.word))) {
          joined.push(token)
          continue
        }
        joined.push({ word: phraseWord(token.word, next.word), start: token.start, end: next.end })
        at++
      }
    }
    return joined
  }

  /** The same of words alone. */
  joinWords(words: readonly string[]): string[] {
    return this.join(words.map((word) => ({ word, start: 0, end: 0 }))).map(({ word }) => word)
  }
}

/** A tab stands in no word that a model holds. */
const keyOf = (first: string, second: string): string => `${first}\t${second}`

/** A tokenizer that joins the words of another to phrases. It keeps the other's name; `phrases` says the rest. */
class PhraseTokenizer implements Tokenizer {
  readonly name: string

  constructor(
    readonly tokenizer: Tokenizer,
    readonly phrases: Phrases,
  ) {
    this.name = tokenizer.name
  }

  words(text: string): string[] {
    return this.phrases.joinWords(this.tokenizer.words(text))
  }

  tokens(text: string): Token[] {
    return this.phrases.join(this.tokenizer.tokens(text))
  }
}

/** The tokenizer, joining phrases where there are any. */
export function withPhrases(tokenizer: Tokenizer, phrases: Phrases | undefined): Tokenizer {
  return phrases === undefined ? tokenizer : new PhraseTokenizer(tokenizer, phrases)
}

/** What a tokenizer joins, if anything. */
export function phrasesOf(tokenizer: Tokenizer): Phrases | undefined {
  return tokenizer instanceof PhraseTokenizer ? tokenizer.phrases : undefined
}
