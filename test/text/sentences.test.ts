import { describe, expect, it } from 'vitest'
import { splitSentences } from '#src/text/sentences.js'

describe('splitSentences', () => {
  it.each([
    ['It rains. It pours! Does it?', ['It rains.', 'It pours!', 'Does it?']],
    ['Mr. Smith paid 3.50 dollars. He left.', ['Mr. Smith paid 3.50 dollars.', 'He left.']],
    ['no end', ['no end']],
    ['  ', []],
    ['', []],
  ])('%j gives %j', (text, sentences) => {
    expect(splitSentences(text)).toEqual(sentences)
  })
})
