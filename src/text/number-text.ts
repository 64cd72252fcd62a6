import { UserError } from '../base/errors.js'
import type { NumberedSentences } from './numbered-sentences.js'
import { LONGEST_RUN, pieceEnd } from './pieces.js'
import { type ReadTextOptions, readUtf8 } from './read-text.js'
import { isSpaceByte, scanWords } from './word-scanner.js'
import { wordTokenizer } from './word-tokenizer.js'

export interface NumberTextOptions extends Pick<ReadTextOptions, 'onBytes' | 'refuseChanges'> {
  /** Thrown where it fires, between two chunks. */
  readonly signal?: AbortSignal
}

/**
 * Numbers the words of a corpus: the very sentences that `readSentences` gives with the tokenizer `word`, several times
 * as fast.
 * @throws what the signal's reason is, and as `readSentences` does
 */
export async function numberText(
  sources: readonly string[],
  sentences: NumberedSentences,
  options: NumberTextOptions = {},
): Promise<void> {
  if (sources.length === 0) throw new UserError('no corpus: name at least one text file, or - for standard input')
  for (const source of sources) {
    // The text that is not numbered yet, and room for more.
    let text = Buffer.alloc(2 * LONGEST_RUN_BYTES)
    let length = 0
    const append = (bytes: Uint8Array) => {
      if (length + bytes.length > text.length) text = Buffer.concat([text], 2 * (length + bytes.length))
      text.set(bytes, length)
      length += bytes.length
    }
    for await (const chunk of readUtf8(source, { ...options, reuseMemory: true })) {
      options.signal?.throwIfAborted()
      append(chunk)
      const numbered = numberRuns(text.subarray(0, length), sentences)
      text.copyWithin(0, numbered, length)
      length -= numbered
    }
    append(Buffer.from('\n'))
    numberRuns(text.subarray(0, length), sentences)
  }
  sentences.end()
}

/** A piece of a long run is found within so many bytes: a code unit has at most 3. */
const LONGEST_RUN_BYTES = 3 * (LONGEST_RUN + 2)

/** Numbers the words up to the last white space; how many bytes that are. */
function numberRuns(bytes: Buffer, sentences: NumberedSentences): number {
  let at = 0
  for (;;) {
    const end = afterLastSpace(bytes, at, Math.min(bytes.length, at + LONGEST_RUN + 1))
    if (end > at) scanWords(bytes, at, end, sentences)
    const next = end > at ? end : numberPiece(bytes, at, sentences)
    if (next === at) return at
    at = next
  }
}

/** The first piece of a run that may be too long, by the tokenizer; where the next one begins: here, if bytes lack. */
function numberPiece(bytes: Buffer, at: number, sentences: NumberedSentences): number {
  let end = at
  const most = Math.min(bytes.length, at + LONGEST_RUN_BYTES)
  while (end < most && !isSpaceByte(bytes[end])) end++
  if (end === bytes.length && end - at < LONGEST_RUN_BYTES) return at
  while ((bytes[end] & 0xc0) === 0x80) end--
  const text = bytes.toString('utf8', at, end)
  const cut = text.length > LONGEST_RUN ? pieceEnd(text, 0, LONGEST_RUN) : { end: text.length, next: text.length }
  for (const word of wordTokenizer.words(text.slice(0, cut.end))) sentences.add(word)
  return at + Buffer.byteLength(text.slice(0, cut.next))
}

/** The place after the last white space in from..to; `from` if there is none. */
function afterLastSpace(bytes: Uint8Array, from: number, to: number): number {
  let end = to
  while (end > from && !isSpaceByte(bytes[end - 1])) end--
  return end
}
