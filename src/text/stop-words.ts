import { createRequire } from 'node:module'
import { z } from 'zod'

const StopWords = z.object({ words: z.array(z.string()) })

/** Natural's English stop words: the words that carry little meaning of their own. */
export function englishStopWords(): ReadonlySet<string> {
  return new Set(StopWords.parse(createRequire(import.meta.url)('natural/lib/natural/util/stopwords.js')).words)
}
