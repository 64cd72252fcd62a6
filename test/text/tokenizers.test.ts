import { describe, expect, it } from 'vitest'
import { UserError } from '#src/base/errors.js'
import { tokenizerNames, tokenizerOf } from '#src/text/tokenizers.js'
import { randomText, stream } from './random-text.js'

describe.each(tokenizerNames)('tokenizer %s', (name) => {
  const tokenizer = tokenizerOf(name)

  it('goes by the name it was asked for by', () => {
    expect(tokenizer.name).toBe(name)
  })

  it('gives the same words with places as without, in order, each where it stands (300 random texts)', () => {
    for (let index = 0; index < 300; index++) {
      const text = randomText(stream(index))
      const tokens = tokenizer.tokens(text)
      expect(tokens.map(({ word }) => word)).toEqual(tokenizer.words(text))
      let done = 0
      for (const { word, start, end } of tokens) {
        expect(start).toBeGreaterThanOrEqual(done)
        expect(end).toBeGreaterThan(start)
        const written = text.slice(start, end)
        const lowered = [written, written.toLowerCase(), written.replaceAll('İ', 'i').toLowerCase()]
        expect(lowered.map((form) => form.replaceAll('’', "'"))).toContain(word.replaceAll('’', "'"))
        done = end
      }
    }
  })

  it('makes no word of a blank', () => {
    for (const text of ['___', 'the quick ___ jumps over', 'the ___.', '(___) ___']) {
      expect(tokenizer.words(text).join(' ')).not.toContain('_')
    }
    expect(tokenizer.words('the quick ___ jumps')).toEqual(['the', 'quick', 'jumps'])
  })

  it('gives no words for an empty text or white space', () => {
    for (const text of ['', ' ', '\t\r\n ']) expect(tokenizer.words(text)).toEqual([])
  })

  it('reads a plain word back as itself', () => {
    expect(tokenizer.words('reviews')).toEqual(['reviews'])
  })
})

describe('tokenizerOf', () => {
  it.each([
    ['wrod', "unknown tokenizer 'wrod': did you mean 'word'?"],
    ['natural-treebnk', "unknown tokenizer 'natural-treebnk': did you mean 'natural-treebank'?"],
  ])('names the nearest known one for %s', (name, message) => {
    expect(() => tokenizerOf(name)).toThrow(new UserError(message))
  })

  it('lists all where none is near', () => {
    expect(() => tokenizerOf('x\ny')).toThrow(/^unknown tokenizer 'x\\u\{a\}y': the known ones are word, whitespace, /)
  })
})
