import type { AttackResult } from '../evaluate/result.js'
import { readMarked } from '../text/changed-words.js'
import type { Span } from '../text/tokenizer.js'
import type { WordGradient } from './report-input.js'

/** A stretch of an original text that is shown in one way. */
export interface TextPiece {
  /** Where it begins in the text. */
  readonly start: number
  readonly text: string
  /** Of the known word it belongs to. */
  readonly weight?: number
  readonly changed: boolean
  /** What was put in place of the change that ends here. */
  readonly replacement?: string
}

export interface ComparedText {
  readonly pieces: readonly TextPiece[]
  /** The text after the attack, where its changes are no one-for-one replacements and so cannot be shown in place. */
  readonly perturbed?: string
}

/** A text longer than this, in UTF-16 code units, is shown around its changes only. */
const LONGEST_WHOLE = 1500
const AROUND = 250
const MOST_EXCERPTS = 8

/** Lays an original text out in pieces, with what an attack changed and what the gradient weighs. */
export function compareTexts(
  { originalText, perturbedText }: Pick<AttackResult, 'originalText' | 'perturbedText'>,
  words: readonly WordGradient[] = [],
): ComparedText {
  const original = readMarked(originalText)
  const perturbed = readMarked(perturbedText)
  const inPlace = original.spans.length === perturbed.spans.length
  const replacements = inPlace ? perturbed.spans.map(({ start, end }) => perturbed.text.slice(start, end)) : []
  const pieces = layOut(original.text, original.spans, replacements, words)
  return inPlace ? { pieces } : { pieces, perturbed: shorten(perturbed.text) }
}

function layOut(
  text: string,
  changes: readonly Span[],
  replacements: readonly string[],
  words: readonly WordGradient[],
): TextPiece[] {
  const shown = excerpts(text, changes)
  const cuts = [...new Set([...shown, ...changes, ...words].flatMap(({ start, end }) => [start, end]))].sort(
    (a, b) => a - b,
  )
  const excerptAt = follower(shown)
  const changeAt = follower(changes)
  const wordAt = follower(words)
  const pieces: TextPiece[] = []
  if (shown[0].start > 0) pieces.push(ellipsisAt(-1))
  for (let i = 0; i + 1 < cuts.length; i++) {
    const [start, end] = [cuts[i], cuts[i + 1]]
    const excerpt = excerptAt(start)
    if (excerpt === undefined) continue
    const change = changeAt(start)
    pieces.push({
      start,
      text: text.slice(start, end),
      weight: wordAt(start)?.weight,
      changed: change !== undefined,
      replacement: change?.end === end ? replacements[changes.indexOf(change)] : undefined,
    })
    if (excerpt.end === end && end < text.length) pieces.push(ellipsisAt(end))
  }
  return pieces
}

/** Stands for what is left out from there. */
const ellipsisAt = (place: number): TextPiece => ({ start: place, text: ' … ', changed: false })

/** Finds the span that covers each of a rising sequence of places, in one walk. */
function follower<T extends Span>(spans: readonly T[]): (place: number) => T | undefined {
  let next = 0
  return (place) => {
    while (next < spans.length && spans[next].end <= place) next++
    return next < spans.length && spans[next].start <= place ? spans[next] : undefined
  }
}

/** What is shown of a text: all of a short one, the surroundings of the first changes of a long one, or its beginning. */
function excerpts(text: string, changes: readonly Span[]): Span[] {
  if (text.length <= LONGEST_WHOLE) return [{ start: 0, end: text.length }]
  if (changes.length === 0) return [{ start: 0, end: wholeCharacter(text, LONGEST_WHOLE) }]
  const merged: { start: number; end: number }[] = []
  for (const change of changes) {
    const start = wholeCharacter(text, Math.max(0, change.start - AROUND))
    const end = wholeCharacter(text, Math.min(text.length, change.end + AROUND))
    const last = merged.at(-1)
    if (last !== undefined && start <= last.end) last.end = end
    else if (merged.length === MOST_EXCERPTS) break
    else merged.push({ start, end })
  }
  return merged
}

const shorten = (text: string) =>
  text.length <= LONGEST_WHOLE ? text : `${text.slice(0, wholeCharacter(text, LONGEST_WHOLE))} …`

/** The place itself, or the one before where it would part the halves of a character. */
function wholeCharacter(text: string, place: number): number {
  const code = text.charCodeAt(place)
  return code >= 0xdc00 && code <= 0xdfff ? place - 1 : place
}
