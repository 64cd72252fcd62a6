import { describe, expect, it } from 'vitest'
import { replaceWords } from '#src/text/splice.js'
import { randomSpans, randomText, stream } from './random-text.js'

describe('replaceWords', () => {
  it('puts words of other lengths in place and says where they stand', () => {
    const text = 'a good film'
    const replacements = [
      { span: { start: 7, end: 11 }, word: 'thing' },
      { span: { start: 2, end: 6 }, word: 'bad' },
    ]
    const spliced = replaceWords(text, replacements)
    expect(spliced).toEqual({
      text: 'a bad thing',
      spans: [
        { start: 6, end: 11 },
        { start: 2, end: 5 },
      ],
    })
  })

  it('keeps all between the spans, and each word at its span (300 random texts)', () => {
    for (let index = 0; index < 300; index++) {
      const random = stream(index)
      const text = randomText(random)
      const replacements = randomSpans(random, text).map((span) => ({ span, word: randomText(random, 3) }))
      const spliced = replaceWords(text, replacements)
      for (const [at, { word }] of replacements.entries()) {
        expect(spliced.text.slice(spliced.spans[at].start, spliced.spans[at].end)).toBe(word)
      }
      const back = spliced.spans.map((span, at) => {
        return { span, word: text.slice(replacements[at].span.start, replacements[at].span.end) }
      })
      expect(replaceWords(spliced.text, back).text).toBe(text)
    }
  })

  it.each([
    [
      'overlap',
      [
        [0, 3],
        [2, 4],
      ],
    ],
    ['leave the text', [[2, 9]]],
    ['run backwards', [[3, 2]]],
  ])('throws where spans %s', (_, spans) => {
    const replacements = spans.map(([start, end]) => ({ span: { start, end }, word: 'x' }))
    expect(() => replaceWords('text', replacements)).toThrow(RangeError)
  })
})
