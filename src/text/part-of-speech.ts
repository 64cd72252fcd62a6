import { createRequire } from 'node:module'

type Natural = typeof import('natural/lib/natural/brill_pos_tagger/index.js')

let tagger: { tag(words: string[]): { taggedWords: readonly { tag: string }[] } } | undefined

/**
 * The part of speech of each word of an English sentence (`NN`, `VBD`, …), by natural's Brill tagger. Loaded when
 * first used.
 */
export function partsOfSpeech(words: readonly string[]): string[] {
  tagger ??= makeTagger()
  return tagger.tag([...words]).taggedWords.map(({ tag }) => tag)
}

function makeTagger() {
  const natural: Natural = createRequire(import.meta.url)('natural/lib/natural/brill_pos_tagger/index.js')
  // Words that the lexicon lacks are taken for nouns, as is usual.
  return new natural.BrillPOSTagger(new natural.Lexicon('EN', 'NN', 'NNP'), new natural.RuleSet('EN'))
}
