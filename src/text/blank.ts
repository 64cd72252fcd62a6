/** Stands in a window's text where the centre word was. No tokenizer makes a word of it. */
export const BLANK = '___'

/** The text with a space for each character of a blank, so that places stay the same. */
export function withoutBlanks(text: string): string {
  if (!text.includes(BLANK)) return text
  return text.replace(/(?<![\p{L}\p{N}_])___(?![\p{L}\p{N}_])/gu, '   ')
}
