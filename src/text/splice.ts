import type { Span } from './tokenizer.js'

/** A word to put where another stands. */
export interface Replacement {
  readonly span: Span
  readonly word: string
}

/**
 * Puts each word in the place of its span; all else stays as written.
 *
 * @param text the text as written
 * @param replacements spans of `text` that do not overlap, in any order
 * @returns the new text, and where each new word stands in it, in the order of `replacements`
 * @throws RangeError when spans overlap or leave the text
 */
export function replaceWords(
  text: string,
  replacements: readonly Replacement[],
): { readonly text: string; readonly spans: readonly Span[] } {
  const order = replacements.map((_, index) => index)
  order.sort((a, b) => replacements[a].span.start - replacements[b].span.start)
  const spans = new Array<Span>(replacements.length)
  let spliced = ''
  let done = 0
  for (const index of order) {
    const { span, word } = replacements[index]
    checkSpan(text, span, done)
    spliced += text.slice(done, span.start)
    spans[index] = { start: spliced.length, end: spliced.length + word.length }
    spliced += word
    done = span.end
  }
  return { text: spliced + text.slice(done), spans }
}

/** Throws where a span leaves the text, runs backwards, or begins before `from`, the end of the span before it. */
export function checkSpan(text: string, { start, end }: Span, from: number): void {
  if (start < from || end < start || end > text.length) {
    throw new RangeError(`span ${start} to ${end} does not fit a text of ${text.length} after ${from}`)
  }
}
