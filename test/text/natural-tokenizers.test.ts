import { describe, expect, it } from 'vitest'
import { tokenizerOf } from '#src/text/tokenizers.js'

describe("natural's tokenizers", () => {
  it.each([
    ['natural-treebank', "Don't stop!", ['do', "n't", 'stop', '!'], [0, 2, 6, 10]],
    ['natural-word-punct', 'She said "hi".', ['she', 'said', '"', 'hi', '"', '.'], [0, 4, 9, 10, 12, 13]],
    ['natural-word', 'She said "hi".', ['she', 'said', 'hi'], [0, 4, 10]],
    ['natural-aggressive', "well-known, isn't it", ['well-known', "isn't", 'it'], [0, 12, 18]],
    ['natural-aggressive-de', 'Größe, zählt', ['größe', 'zählt'], [0, 7]],
    ['natural-aggressive-id', 'Halo Dunia', ['halo', 'dunia'], [0, 5]],
  ])('%s splits %j with places', (name, text, words, starts) => {
    const tokens = tokenizerOf(name).tokens(text)
    expect(tokens.map(({ word }) => word)).toEqual(words)
    expect(tokens.map(({ start }) => start)).toEqual(starts)
  })

  it('finds a word behind İ where it stands', () => {
    const [, yes] = tokenizerOf('natural-aggressive').tokens('İzmir yes')
    expect(yes).toEqual({ word: 'yes', start: 6, end: 9 })
  })
})
