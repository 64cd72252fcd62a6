import { UserError } from '../base/errors.js'
import { quoted } from '../text/quoted.js'
import type { Tokenizer } from '../text/tokenizer.js'
import type { Vocabulary } from '../text/vocabulary.js'

/** A row to learn from. */
export interface LabelledRow {
  /** Its number in its file, from 1. */
  readonly row: number
  readonly text: string
  readonly label?: string
}

/** Rows as a classifier learns them: those with a known word, in order. */
export interface LabelledTexts {
  /** Numbers of the known words of each text. */
  readonly texts: readonly Int32Array[]
  /** Label of each text, as its place in `labels`. */
  readonly truths: Int32Array
  /** Sorted by code units. */
  readonly labels: readonly string[]
  /** Rows without a known word. */
  readonly skipped: number
  /** Words that the vocabulary lacks, of all rows. */
  readonly unknownWords: number
}

/**
 * Reads rows by a vocabulary. The words that it lacks are unknown, here as under attack.
 * @param source names the rows in an error: `reviews.csv`
 * @throws UserError for a row without a label, fewer than two labels, and when no row has a known word
 */
export async function readLabelledTexts(
  rows: Iterable<LabelledRow> | AsyncIterable<LabelledRow>,
  vocabulary: Vocabulary,
  tokenizer: Tokenizer,
  source = 'rows',
): Promise<LabelledTexts> {
  const texts: Int32Array[] = []
  const names: string[] = []
  let skipped = 0
  let unknownWords = 0
  for await (const { row, text, label } of rows) {
    if (!label) throw new UserError(`${source} row ${row}: no label; every row to learn from needs one`)
    const words = tokenizer.words(text)
    const ids = words.map((word) => vocabulary.idOf(word)).filter((id) => id !== undefined)
    unknownWords += words.length - ids.length
    if (ids.length === 0) {
      skipped++
    } else {
      texts.push(Int32Array.from(ids))
      names.push(label)
    }
  }
  if (texts.length + skipped === 0) throw new UserError(`${source}: there are no rows`)
  if (texts.length === 0) {
    throw new UserError(`${source}: none of the ${skipped} rows has a word that the embeddings know`)
  }
  const labels = [...new Set(names)].sort()
  if (labels.length < 2) {
    throw new UserError(`${source}: the only label is ${quoted(labels[0])}; a classifier needs at least 2`)
  }
  const places = new Map(labels.map((label, k) => [label, k]))
  return { texts, truths: Int32Array.from(names, (name) => places.get(name)!), labels, skipped, unknownWords }
}
