import { describe, expect, it } from 'vitest'
import { wordTokenizer } from '#src/text/word-tokenizer.js'
import { randomText, stream } from './random-text.js'

/** The definition, plainly. */
function plainTokens(text: string) {
  const words = /[\p{L}\p{M}\p{Nd}]+(?:['’][\p{L}\p{M}\p{Nd}]+)*/gu
  return Array.from(text.matchAll(words), ({ 0: written, index }) => {
    return { word: written.toLowerCase().replaceAll('’', "'"), start: index, end: index + written.length }
  })
}

describe('the word tokenizer', () => {
  it.each([
    ["I don't know.", ['i', "don't", 'know']],
    ['Don’t “quote” ‘me’', ["don't", 'quote', 'me']],
    ["'tis the dogs' rock'n'roll", ['tis', 'the', 'dogs', "rock'n'roll"]],
    ['3.5 mm, 12th', ['3', '5', 'mm', '12th']],
    ['state-of-the-art foo_bar', ['state', 'of', 'the', 'art', 'foo', 'bar']],
    ['Éé cafe\u0301 Straße', ['éé', 'cafe\u0301', 'straße']],
    ['Οδυσσεύς ΟΔΟΣ', ['οδυσσεύς', 'οδος']],
    ['𐐀𐐁 😀 漢字', ['𐐨𐐩', '漢字']],
    ["a''b ' '", ['a', 'b']],
  ])('%j gives %j', (text, words) => {
    expect(wordTokenizer.words(text)).toEqual(words)
  })

  it('keeps places where lower-casing changes the length', () => {
    expect(wordTokenizer.tokens('İİ yes')).toEqual([
      { word: 'i̇i̇', start: 0, end: 2 },
      { word: 'yes', start: 3, end: 6 },
    ])
  })

  it('lower-cases a word alike whatever stands beside it', () => {
    expect(wordTokenizer.words('ΑΣ.Β ΑΣ')).toEqual(['ας', 'β', 'ας'])
  })

  it('is its definition (2,000 random texts)', () => {
    for (let index = 0; index < 2000; index++) {
      const text = randomText(stream(index))
      expect(wordTokenizer.tokens(text)).toEqual(plainTokens(text))
    }
  })

  it('is its definition for every UTF-16 code unit, alone and between letters', () => {
    for (let unit = 0; unit < 65536; unit++) {
      const text = `a${String.fromCharCode(unit)}b`
      if (
        wordTokenizer.words(text).join(' ') !==
        plainTokens(text)
          .map(({ word }) => word)
          .join(' ')
      ) {
        expect.fail(`U+${unit.toString(16)}`)
      }
    }
  })
})
