import { describe, expect, it } from 'vitest'
import { editedText } from '#src/constraints/edited-text.js'
import { neighbours } from '#src/constraints/neighbours.js'
import { stopWordsKept } from '#src/constraints/stop-words-kept.js'
import { SwapSpace } from '#src/constraints/swap-space.js'
import { tokenisesBack } from '#src/constraints/tokenises-back.js'
import { wholeVocabulary } from '#src/constraints/whole-vocabulary.js'
import { Embeddings } from '#src/embeddings/embeddings.js'
import { substitutions } from '#src/gradient/edit.js'
import type { EncodedText } from '#src/gradient/victim.js'
import { tokenizerOf } from '#src/text/tokenizers.js'
import { Vocabulary, wordId } from '#src/text/vocabulary.js'

const words = ['the', 'film', 'is', 'good', 'bad', "don't", '3.5', 'movie']
const vocabulary = new Vocabulary(words, new Float64Array(words.length))
const id = (word: string) => vocabulary.idOf(word)!

function encode(text: string): EncodedText {
  const tokens = tokenizerOf('word').tokens(text)
  const known = tokens.filter(({ word }) => vocabulary.idOf(word) !== undefined)
  const ids = Int32Array.from(known, ({ word }) => id(word))
  return { text, ids, spans: known, unknown: tokens.length - known.length }
}

describe('tokenises back', () => {
  const constraint = tokenisesBack({ encode }, vocabulary)
  const allows = (text: string, position: number, word: string) =>
    constraint.allows?.(encode(text), [{ position, word: id(word) }])

  it.each([
    ['The film is good!', 3, 'bad', true],
    ['The unseen film is good.', 1, 'movie', true],
    ['The film is good.', 3, "don't", true],
    // The tokenizer reads two numbers, and knows neither.
    ['The film is good.', 3, '3.5', false],
    ['The film is good-film.', 3, 'bad', true],
    ['The film is good', 3, 'good', true],
  ] as const)('%s with word %d as %s: %s', (text, position, word, expected) => {
    expect(allows(text, position, word)).toBe(expected)
  })

  it('asks each word put in alone where words are read one by one', () => {
    const readsAlone = (word: number) => words[word] !== '3.5'
    const forbidden = () => {
      throw new Error('read')
    }
    const alone = tokenisesBack({ encode: forbidden, readsAlone }, vocabulary)
    const put = (...names: string[]) => names.map((word, position) => ({ position, word: id(word) }))
    expect(alone.allows?.(encode('The film is good'), put('movie', 'bad', "don't"))).toBe(true)
    expect(alone.allows?.(encode('The film is good'), put('movie', '3.5'))).toBe(false)
    expect(() => alone.allowsEdits?.(encode('The film'), [{ move: 'delete', position: 0 }])).toThrow('read')
  })

  it('puts all words in at once', () => {
    const swaps = [
      { position: 3, word: id('bad') },
      { position: 1, word: id('movie') },
    ]
    const { text } = editedText(encode('The FILM, is good!'), substitutions(swaps), vocabulary)
    expect(text).toBe('The movie, is bad!')
    expect(constraint.allows?.(encode('The FILM, is good!'), swaps)).toBe(true)
  })
})

describe('neighbours', () => {
  // Cosines to the first: 1, 0.8, 0, -1; the last is all zeros.
  const vectors = Float32Array.of(1, 0, 4, 3, 0, 2, -5, 0, 0, 0)
  const five = new Vocabulary(['a', 'b', 'c', 'd', 'e'], new Float64Array(5))
  const embeddings = new Embeddings(five, vectors, 2)
  const of = (count: number, minCosine?: number) => [
    ...neighbours(embeddings, count, minCosine).candidatesOf(wordId(0)),
  ]

  it.each([
    [1, -1, [1]],
    [3, -1, [1, 2, 4]],
    [9, -1, [1, 2, 4, 3]],
    [9, 0.5, [1]],
    [9, 0.9, []],
  ])('the %d nearest of at least cosine %d, never the word itself', (count, minCosine, expected) => {
    expect(of(count, minCosine)).toEqual(expected)
  })

  it('are the same array each time', () => {
    const source = neighbours(embeddings, 2)
    expect(source.candidatesOf(wordId(1))).toBe(source.candidatesOf(wordId(1)))
  })
})

describe('a swap space', () => {
  const encoded = encode('The film is good')

  it('gives every position its candidates, in one array where they are shared', () => {
    const lists = new SwapSpace(wholeVocabulary(vocabulary), []).candidates(encoded)
    expect(lists.map((list) => list.length)).toEqual([8, 8, 8, 8])
    expect(new Set(lists).size).toBe(1)
  })

  it('keeps stop words where asked to', () => {
    const space = new SwapSpace(wholeVocabulary(vocabulary), [stopWordsKept(vocabulary)])
    expect(space.candidates(encoded).map((list) => list.length)).toEqual([0, 8, 0, 8])
  })

  it('allows what all its constraints allow', () => {
    const swaps = [{ position: 0, word: id('bad') }]
    const yes = { name: 'yes', allows: () => true }
    const no = { name: 'no', allows: () => false }
    expect(new SwapSpace(wholeVocabulary(vocabulary), []).allows(encoded, swaps)).toBe(true)
    expect(new SwapSpace(wholeVocabulary(vocabulary), [yes, { name: 'silent' }]).allows(encoded, swaps)).toBe(true)
    expect(new SwapSpace(wholeVocabulary(vocabulary), [yes, no]).allows(encoded, swaps)).toBe(false)
  })
})
