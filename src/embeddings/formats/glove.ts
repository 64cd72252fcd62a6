import type { VectorFormat } from './format.js'
import { readTextRows, writeTextRows } from './text-rows.js'

/** GloVe's text form (Pennington, Socher, Manning 2014): word2vec's without a header. */
export const glove: VectorFormat = {
  name: 'GloVe',
  ending: '.glove',
  read: (path, options) => readTextRows(path, 'never', options),
  write: (path, embeddings) => writeTextRows(path, embeddings, { header: false, lineEnd: '\n' }),
}
