import type { VectorFormat } from './format.js'
import { readTextRows, writeTextRows } from './text-rows.js'

/** fastText's `.vec`: word2vec's text form with a space at the end of each row. fastText itself writes five digits. */
export const fastText: VectorFormat = {
  name: 'fastText',
  ending: '.vec',
  read: (path, options) => readTextRows(path, 'sniff', options),
  write: (path, embeddings) => writeTextRows(path, embeddings, { header: true, lineEnd: ' \n' }),
}
