import { withoutBlanks } from './blank.js'
import type { Token, Tokenizer } from './tokenizer.js'

/** Words are what stands between white space, exactly as written: for text that was split into words before. */
export const whitespaceTokenizer: Tokenizer = {
  name: 'whitespace',
  words: (text) => withoutBlanks(text).match(/\S+/g) ?? [],
  tokens: (text) =>
    Array.from(withoutBlanks(text).matchAll(/\S+/g), ({ 0: word, index }): Token => {
      return { word, start: index, end: index + word.length }
    }),
}
