import { describe, expect, it } from 'vitest'
import { compareTexts, type TextPiece } from '#src/report/text-pieces.js'

const shownText = (pieces: readonly TextPiece[]) => pieces.map(({ text }) => text).join('')

describe('comparing texts', () => {
  it('pairs each change with what was put in its place', () => {
    const { pieces, perturbed } = compareTexts({
      originalText: 'a [[dull]] movie , [[slow]]',
      perturbedText: 'a [[fine]] movie , [[quick]]',
    })
    expect(perturbed).toBeUndefined()
    expect(pieces.filter(({ changed }) => changed).map(({ text, replacement }) => [text, replacement])).toEqual([
      ['dull', 'fine'],
      ['slow', 'quick'],
    ])
    expect(shownText(pieces)).toBe('a dull movie , slow')
  })

  it('gives each known word its weight and all else none', () => {
    const words = [
      { start: 2, end: 6, weight: -0.5, norm: 1 },
      { start: 7, end: 12, weight: 0.25, norm: 1 },
    ]
    const { pieces } = compareTexts({ originalText: 'a [[dull]] movie', perturbedText: 'a [[fine]] movie' }, words)
    expect(pieces).toEqual([
      { start: 0, text: 'a ', weight: undefined, changed: false, replacement: undefined },
      { start: 2, text: 'dull', weight: -0.5, changed: true, replacement: 'fine' },
      { start: 6, text: ' ', weight: undefined, changed: false, replacement: undefined },
      { start: 7, text: 'movie', weight: 0.25, changed: false, replacement: undefined },
    ])
  })

  it('shows both texts where the changes are not one for one', () => {
    const { perturbed } = compareTexts({ originalText: 'a [[dull]] movie', perturbedText: 'a movie' })
    expect(perturbed).toBe('a movie')
  })

  it('reads an escaped bracket as a bracket', () => {
    const { pieces } = compareTexts({ originalText: 'see \\[[1\\]]', perturbedText: 'see \\[[1\\]]' })
    expect(shownText(pieces)).toBe('see [[1]]')
  })

  it.each(['', ' '])('stands an empty text (%j)', (text) => {
    expect(shownText(compareTexts({ originalText: text, perturbedText: text }).pieces)).toBe(text)
  })

  it('shows the surroundings of changes of a long text, and the beginning of one without', () => {
    const filler = 'word '.repeat(10_000)
    const changed = compareTexts({
      originalText: `${filler}[[dull]] ${filler}`,
      perturbedText: `${filler}[[fine]] ${filler}`,
    })
    const text = shownText(changed.pieces)
    expect(text).toContain('word dull word')
    expect(text.length).toBeLessThan(600)
    expect(text.startsWith(' … ') && text.endsWith(' … ')).toBe(true)
    const unchanged = shownText(compareTexts({ originalText: filler, perturbedText: filler }).pieces)
    expect(unchanged.startsWith('word word') && unchanged.endsWith(' … ')).toBe(true)
    expect(unchanged.length).toBeLessThan(1600)
  })

  it('never parts the halves of a character', () => {
    const originalText = '🙂'.repeat(5000)
    for (const shift of ['', 'x']) {
      const { pieces } = compareTexts({ originalText: shift + originalText, perturbedText: shift + originalText })

      expect(shownText(pieces)).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/)
    }
  })
})
