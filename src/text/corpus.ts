import { stat } from 'node:fs/promises'
import { fileError, UserError } from '../base/errors.js'
import { MAX_SENTENCE_WORDS } from './numbered-sentences.js'
import { LONGEST_RUN, pieceEnd } from './pieces.js'
import { nameOf, type ReadTextOptions, readText, STANDARD_INPUT } from './read-text.js'
import { splitSentences } from './sentences.js'
import type { Tokenizer } from './tokenizer.js'

export { MAX_SENTENCE_WORDS }

/** Natural's splitter needs time that grows with the square of what it is given. */
const SPLIT_CHARACTERS = 1 << 12

/** How a corpus is read. */
export interface ReadSentencesOptions {
  readonly tokenizer: Tokenizer
  /** What ends a sentence: a line end alone (the default), or natural's sentence splitter within each line too. */
  readonly sentences?: 'lines' | 'natural'
  /** Told how many more bytes were read, compressed ones where the file is compressed. */
  readonly onBytes?: ReadTextOptions['onBytes']
  /** Refuses a file that changes while it is read. */
  readonly refuseChanges?: boolean
}

/**
 * The sentences of a corpus, each a list of at least one word, in the order of the files. The same text gives the same
 * sentences however it is packed or cut into chunks; memory is bounded even where the whole file is one line.
 *
 * @param sources paths of UTF-8 text, plain or `.gz`; `-` is standard input
 * @throws UserError for no sources, and for files that cannot be read (see {@link readText}), with file and line
 */
export async function* readSentences(
  sources: readonly string[],
  options: ReadSentencesOptions,
): AsyncGenerator<string[], void, undefined> {
  if (sources.length === 0) throw new UserError('no corpus: name at least one text file, or - for standard input')
  for (const source of sources) yield* readSentencesOf(source, options)
}

async function* readSentencesOf(source: string, options: ReadSentencesOptions): AsyncGenerator<string[]> {
  const { tokenizer } = options
  const natural = options.sentences === 'natural'
  let sentence: string[] = []
  for await (const pieces of readPieces(source, natural ? SPLIT_CHARACTERS : LONGEST_RUN, options)) {
    for (const { text, endsLine } of pieces) {
      const parts = natural ? splitSentences(text) : [text]
      for (const [index, part] of parts.entries()) {
        const words = tokenizer.words(part)
        sentence = sentence.length === 0 ? words : sentence.concat(words)
        while (sentence.length >= MAX_SENTENCE_WORDS) {
          yield sentence.slice(0, MAX_SENTENCE_WORDS)
          sentence = sentence.slice(MAX_SENTENCE_WORDS)
        }
        if (sentence.length > 0 && (endsLine || index < parts.length - 1)) {
          yield sentence
          sentence = []
        }
      }
    }
  }
  if (sentence.length > 0) yield sentence
}

/** A line, or a part of a long one. */
interface Piece {
  readonly text: string
  readonly endsLine: boolean
}

/** The pieces of each chunk read. Where a long line is cut depends on its text alone, never on the chunks. */
async function* readPieces(
  source: string,
  most: number,
  options: ReadTextOptions,
): AsyncGenerator<Piece[], void, undefined> {
  let rest = ''
  for await (const chunk of readText(source, options)) {
    const pieces: Piece[] = []
    const text = rest + chunk
    let start = 0
    for (;;) {
      const newline = text.indexOf('\n', start)
      const end = newline === -1 ? text.length : newline
      while (end - start > most) {
        const cut = pieceEnd(text, start, most)
        pieces.push({ text: text.slice(start, cut.end), endsLine: false })
        start = cut.next
      }
      if (newline === -1) break
      pieces.push({ text: text.slice(start, newline), endsLine: true })
      start = newline + 1
    }
    rest = text.slice(start)
    yield pieces
  }
  if (rest !== '') yield [{ text: rest, endsLine: true }]
}

/**
 * The bytes of all files together, compressed ones as they lie; undefined where one is no regular file.
 * @throws UserError for a file that is missing or a folder
 */
export async function corpusBytes(sources: readonly string[]): Promise<number | undefined> {
  let total = 0
  for (const source of sources) {
    if (source === STANDARD_INPUT) return undefined
    const found = await stat(source).catch((error: unknown) => {
      throw fileError(error, nameOf(source))
    })
    if (found.isDirectory()) throw new UserError(`${source}: is a folder, a file is needed`)
    if (!found.isFile()) return undefined
    total += found.size
  }
  return total
}
