import { createRequire } from 'node:module'
import { z } from 'zod'

type Natural = typeof import('natural/lib/natural/tokenizers/index.js')

const Abbreviations = z.object({ knownAbbreviations: z.array(z.string()) })

let splitter: { tokenize(text: string): string[] } | undefined

/** The sentences of a text, by natural's sentence splitter with its English abbreviations. Loaded when first used. */
export function splitSentences(text: string): string[] {
  if (!/\S/.test(text)) return []
  splitter ??= makeSplitter()
  return splitter.tokenize(text)
}

function makeSplitter(): { tokenize(text: string): string[] } {
  const require = createRequire(import.meta.url)
  const natural: Natural = require('natural/lib/natural/tokenizers/index.js')
  const { knownAbbreviations } = Abbreviations.parse(require('natural/lib/natural/util/abbreviations_en.js'))
  return new natural.SentenceTokenizer(knownAbbreviations)
}
