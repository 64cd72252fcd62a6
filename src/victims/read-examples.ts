import { UserError } from '../base/errors.js'
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
 * @throws UserError, with file and row, for what cannot be read (see `readRows`, `readSentences`), and where there is none
 */
export function readExamples(
  victim: TextClassifier | CentreWord,
  path: string,
  options: ReadRowsOptions = {},
): AsyncIterable<Example> {
  if (victim.kind === 'text-classifier') return atLeastOne(readRows(path, options), `${path}: holds no row`)
  const { tokenizer } = victim
  const sentences = readSentences([path], { tokenizer, onBytes: options.onBytes })
  return atLeastOne(centreWordExamples(victim, sentences), `${path}: ${NO_WINDOW}`)
}

/**
 * The examples in one text: itself for a classifier, its windows for a centre word.
 * @throws UserError when it has no window
 */
export async function* examplesOf(victim: TextClassifier | CentreWord, text: string): AsyncGenerator<Example> {
  if (victim.kind === 'text-classifier') yield { row: 1, text }
  else yield* atLeastOne(centreWordExamples(victim, [victim.tokenizer.words(text)]), `the text: ${NO_WINDOW}`)
}

const NO_WINDOW = 'has no window; two words of a sentence must be known to the model'

async function* atLeastOne(examples: AsyncIterable<Example>, otherwise: string): AsyncGenerator<Example> {
  let none = true
  for await (const example of examples) {
    none = false
    yield example
  }
  if (none) throw new UserError(otherwise)
}
