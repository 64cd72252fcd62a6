import type { VectorFormat } from './format.js'
import { readTextRows, writeTextRows } from './text-rows.js'

/**
 * word2vec's text form: a line `V D`, then a word and its values on each line. Files without the first line are read
 * too. Values are written as gensim writes them (shortest), not as word2vec.c does (six decimals, which lose bits).
 */
export const word2vecText: VectorFormat = {
  name: 'word2vec text',
  ending: '.txt',
  read: (path, options) => readTextRows(path, 'sniff', options),
  write: (path, embeddings) => writeTextRows(path, embeddings, { header: true, lineEnd: '\n' }),
}
