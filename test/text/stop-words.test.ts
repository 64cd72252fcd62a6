import { expect, it } from 'vitest'
import { englishStopWords } from '#src/text/stop-words.js'

it("natural's stop words hold little words, and none that carry a judgement", () => {
  const stopWords = englishStopWords()
  for (const word of ['the', 'of', 'and', 'a']) expect(stopWords.has(word)).toBe(true)
  for (const word of ['good', 'dull', 'film']) expect(stopWords.has(word)).toBe(false)
})
