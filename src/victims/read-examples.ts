import { readSentences } from '../text/corpus.js'
import { type ReadRowsOptions, readRows } from '../text/rows.js'
import type { CentreWord } from './centre-word.js'
import type { TextClassifier } from './text-classifier.js'
import { centreWordExamples } from './windows.js'

/** A text to attack or to learn from, with its number in its file. */
export interface Example {
  readonly row: number
  readonly text: string
  readonly label?: string
}

/**
 * The examples that a file holds for a victim, streamed: rows of CSV or JSONL for a classifier; for a centre word the
 * windows of a text, which its tokenizer reads.
 * @throws UserError, with file and row, for what cannot be read (see `readRows`, `readSentences`)
 */
export function readExamples(
  victim: TextClassifier | CentreWord,
  path: string,
  options: ReadRowsOptions = {},
): AsyncIterable<Example> {
  if (victim.kind === 'text-classifier') return readRows(path, options)
  const { tokenizer } = victim
  return centreWordExamples(victim, readSentences([path], { tokenizer, onBytes: options.onBytes }))
}

/** The examples in one text: itself for a classifier, its windows for a centre word. */
export async function* examplesOf(victim: TextClassifier | CentreWord, text: string): AsyncGenerator<Example> {
  if (victim.kind === 'text-classifier') yield { row: 1, text }
  else yield* centreWordExamples(victim, [victim.tokenizer.words(text)])
}
