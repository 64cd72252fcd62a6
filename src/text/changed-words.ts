import { checkSpan } from './splice.js'
import type { Span } from './tokenizer.js'

/*
 * TextAttack's notation for changed words, made reversible. `[[` opens and `]]` closes; a backslash before a bracket or
 * a backslash makes it literal. Reading goes from left to right and takes the first pair it meets, so that a literal
 * bracket needs its backslash only where the next character written is the same bracket: `[sic]` stays as it is, and
 * `[[1]]` becomes `\[[1\]]`.
 */

/**
 * Writes `[[` and `]]` around the spans of a text.
 *
 * @param spans ordered, not overlapping
 * @throws RangeError when they overlap or leave the text
 */
export function markChanges(text: string, spans: readonly Span[]): string {
  let marked = ''
  let done = 0
  for (const span of spans) {
    checkSpan(text, span, done)
    marked += escapeBefore(text.slice(done, span.start), '[')
    marked += `[[${escapeBefore(text.slice(span.start, span.end), ']')}]]`
    done = span.end
  }
  return marked + escapeBefore(text.slice(done), '')
}

/** Escapes a stretch of text that `next` follows: the bracket of a mark, or nothing. */
function escapeBefore(stretch: string, next: '[' | ']' | ''): string {
  return `${stretch}${next}`.replace(/\[(?=\[)|\](?=\])|\\(?=[[\]\\])/g, '\\$&').slice(0, next === '' ? undefined : -1)
}

/**
 * Reads what {@link markChanges} wrote back: the text and the spans. Files of other tools read too: what opens and
 * never closes, or closes and was never opened, is literal.
 */
export function readMarked(marked: string): { readonly text: string; readonly spans: readonly Span[] } {
  const spans: Span[] = []
  let text = ''
  let start: number | undefined
  for (const [piece] of marked.matchAll(/\\[[\]\\]|\[\[|\]\]|[^[\]\\]+|[[\]\\]/g)) {
    if (piece === '[[' && start === undefined) start = text.length
    else if (piece === ']]' && start !== undefined) {
      spans.push({ start, end: text.length })
      start = undefined
    } else text += piece.length === 2 && piece.startsWith('\\') ? piece[1] : piece
  }
  if (start !== undefined) text = `${text.slice(0, start)}[[${text.slice(start)}`
  return { text, spans }
}
