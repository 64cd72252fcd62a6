import { type Edit, inOrder } from '../gradient/edit.js'
import type { EncodedText } from '../gradient/victim.js'
import { replaceWords } from '../text/splice.js'
import type { Span } from '../text/tokenizer.js'
import type { Vocabulary } from '../text/vocabulary.js'

/** A text with edits made in it as written. */
export interface EditedText {
  readonly text: string
  /** Where words were swapped or deleted, in the text before: in order. */
  readonly changedBefore: readonly Span[]
  /** Where words were swapped or inserted, in the text after: in order. */
  readonly changedAfter: readonly Span[]
}

/**
 * Makes edits in the text as written: a swapped word stands where the old one stood, an inserted one is parted by a
 * space from the word it comes before, and a deleted one takes the space after it along, or else the one before it.
 * @param edits each position substituted or deleted at most once
 */
export function editedText({ text, spans }: EncodedText, edits: readonly Edit[], { words }: Vocabulary): EditedText {
  const pieces: { readonly span: Span; readonly word: string; readonly from: number; readonly to: number }[] = []
  const changedBefore: Span[] = []
  let done = 0
  for (const edit of inOrder(edits)) {
    if (edit.move === 'insert') {
      const word = words[edit.word]
      const at = edit.position < spans.length ? spans[edit.position].start : (spans.at(-1)?.end ?? text.length)
      const isLast = edit.position >= spans.length
      const written = isLast ? ` ${word}` : `${word} `
      const from = isLast ? 1 : 0
      pieces.push({ span: { start: at, end: at }, word: written, from, to: from + word.length })
      done = at
      continue
    }
    const span = spans[edit.position]
    changedBefore.push(span)
    if (edit.move === 'substitute') {
      const word = words[edit.word]
      pieces.push({ span, word, from: 0, to: word.length })
      done = span.end
    } else {
      const gone = withSpace(text, span, done)
      pieces.push({ span: gone, word: '', from: 0, to: 0 })
      done = gone.end
    }
  }
  const replaced = replaceWords(text, pieces)
  const changedAfter = pieces.flatMap(({ from, to }, i) => {
    const { start } = replaced.spans[i]
    return to > from ? [{ start: start + from, end: start + to }] : []
  })
  return { text: replaced.text, changedBefore, changedAfter }
}

const BLANK = /\s/

/** A span with one blank beside it, of those from `done` on. */
function withSpace(text: string, { start, end }: Span, done: number): Span {
  if (end < text.length && BLANK.test(text[end])) return { start, end: end + 1 }
  if (start > done && BLANK.test(text[start - 1])) return { start: start - 1, end }
  return { start, end }
}
