import { describe, expect, it } from 'vitest'
import { markChanges, readMarked } from '#src/text/changed-words.js'
import { randomSpans, randomText, stream } from './random-text.js'

describe('marks around changed words', () => {
  it.each([
    ['a bad film', [[2, 5]], 'a [[bad]] film'],
    [
      'ab',
      [
        [0, 1],
        [1, 2],
      ],
      '[[a]][[b]]',
    ],
    ['see [1] and [sic]', [[4, 7]], 'see [[[1\\]]] and [sic]'],
    ['a [[link]]', [], 'a \\[[link\\]]'],
    ['c:\\dir\\[x]', [], 'c:\\dir\\\\[x]'],
    ['', [], ''],
    ['', [[0, 0]], '[[]]'],
    ['a[b', [[2, 3]], 'a\\[[[b]]'],
    ['😀\r\n', [[0, 2]], '[[😀]]\r\n'],
  ])('%j with %j is written %j', (text, pairs, marked) => {
    const spans = pairs.map(([start, end]) => ({ start, end }))
    expect(markChanges(text, spans)).toBe(marked)
    expect(readMarked(marked)).toEqual({ text, spans })
  })

  it('reads back what it wrote, exactly (3,000 random texts full of brackets and backslashes)', () => {
    for (let index = 0; index < 3000; index++) {
      const random = stream(index)
      const text = randomText(random)
      const spans = randomSpans(random, text)
      expect(readMarked(markChanges(text, spans)), JSON.stringify({ text, spans })).toEqual({ text, spans })
    }
  })

  it.each([
    ['never [[closed', 'never [[closed'],
    ['never opened]]', 'never opened]]'],
  ])('takes %j of another tool literally', (marked, text) => {
    expect(readMarked(marked)).toEqual({ text, spans: [] })
  })

  it('throws where spans overlap', () => {
    const spans = [
      { start: 0, end: 2 },
      { start: 1, end: 3 },
    ]
    expect(() => markChanges('text', spans)).toThrow(RangeError)
  })
})
