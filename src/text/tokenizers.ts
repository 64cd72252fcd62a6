import { UserError } from '../base/errors.js'
import { naturalTokenizers } from './natural-tokenizers.js'
import { unknownName } from './nearest-name.js'
import type { Tokenizer } from './tokenizer.js'
import { whitespaceTokenizer } from './whitespace-tokenizer.js'
import { wordTokenizer } from './word-tokenizer.js'

const tokenizers: ReadonlyMap<string, () => Tokenizer> = new Map([
  ['word', () => wordTokenizer],
  ['whitespace', () => whitespaceTokenizer],
  ...naturalTokenizers,
])

/** The default first. */
export const tokenizerNames: readonly string[] = [...tokenizers.keys()]

/**
 * The tokenizer of this name: `word` (the fast one, the default), `whitespace`, or one of natural's (`natural-…`).
 * All but `whitespace` lower-case; none makes a word of a window's blank `___`.
 *
 * @throws UserError for an unknown name, naming the nearest known one
 */
export function tokenizerOf(name: string): Tokenizer {
  const make = tokenizers.get(name)
  if (make === undefined) throw new UserError(unknownName('tokenizer', name, tokenizerNames))
  return make()
}
