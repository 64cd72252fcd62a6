import type { Progress } from '../base/progress.js'
import { corpusBytes } from '../text/corpus.js'
import { type Pruning, pruningNote } from '../text/word-table.js'
import type { CbowSettings } from './cbow-options.js'
import { type EncodedCorpus, type EncodeOptions, encodeCorpus, encodeFiles } from './encoded-corpus.js'

/** Paths of text (also `.gz`, `.zst`; `-` is standard input), read by `tokenizer`; or sentences as lists of words. */
export type CorpusSource = readonly string[] | AsyncIterable<readonly string[]>

/** Reads and encodes a corpus, once; the progress is by the bytes of its files. */
export async function readCorpus(
  source: CorpusSource,
  settings: EncodeOptions & Pick<CbowSettings, 'tokenizer'>,
  progress: Progress,
): Promise<EncodedCorpus> {
  const options = { ...settings, onPruning: (pruning: Pruning) => progress.note(pruningNote(pruning)) }
  if (!isPaths(source)) return encodeCorpus(source, options)
  progress.start('reading', await corpusBytes(source), 'bytes')
  let read = 0
  const onBytes = (bytes: number) => {
    read += bytes
    progress.update(read)
  }
  try {
    return await encodeFiles(source, { ...options, onBytes })
  } finally {
    progress.stop()
  }
}

export function isPaths(source: CorpusSource): source is readonly string[] {
  return Array.isArray(source)
}
