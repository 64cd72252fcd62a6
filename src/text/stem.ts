import { createRequire } from 'node:module'

type Natural = typeof import('natural/lib/natural/stemmers/index.js')

let stemmer: { stem(word: string): string } | undefined

/** The stem of an English word (Porter 1980), by natural: `films` and `film` have the same. Loaded when first used. */
export function stemOf(word: string): string {
  stemmer ??= loadStemmer()
  return stemmer.stem(word)
}

function loadStemmer() {
  const natural: Natural = createRequire(import.meta.url)('natural/lib/natural/stemmers/index.js')
  return natural.PorterStemmer
}
