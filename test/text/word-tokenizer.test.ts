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

  it('reads words one by one: what is put in the place of a word is the only thing that changes (2,000 random texts)', () => {
    const readsAlone = (word: string) => wordTokenizer.words(word).join(' ') === word
    let put = 0
    for (let index = 0; index < 2000; index++) {
      const random = stream(index)
      const text = randomText(random)
      const tokens = wordTokenizer.tokens(text)
      const word = [...wordTokenizer.words(randomText(random)), "don't", 'ας', '3.5', '\u0301', '𐐨', 'x_'][
        random.below(6)
      ]
      if (tokens.length === 0 || !readsAlone(word)) continue
      const place = random.below(tokens.length)
      const { start, end } = tokens[place]
      const expected = tokens.map((token) => token.word).with(place, word)
      expect(wordTokenizer.words(text.slice(0, start) + word + text.slice(end))).toEqual(expected)
      put++
    }
    expect(wordTokenizer.wordByWord).toBe(true)
    expect(put).toBeGreaterThan(1000)
  })
})
