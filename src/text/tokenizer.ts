/** Half-open range of UTF-16 code units in a text. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** A word as the victim sees it, and where it stands in the text as written. */
export interface Token extends Span {
  readonly word: string
}

/** Splits text into words. Pure: the same text gives the same tokens. */
export interface Tokenizer {
  /** The name by which `model.json` remembers it. */
  readonly name: string
  /**
   * Whether words are read one by one: put in the place of another, a word that by itself is one token is that token
   * there too, and no other token changes.
   */
  readonly wordByWord?: boolean
  /** The words alone (the fast way, for corpora). */
  words(text: string): string[]
  /** The words with their places in `text`, in order. */
  tokens(text: string): Token[]
}
