import { describe, expect, it } from 'vitest'
import { DARK, LIGHT } from '#src/report/palette.js'

/** WCAG 2.2: relative luminance of #rrggbb. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (light + 0.05) / (dark + 0.05)
}

it('computes the contrast that WCAG gives: black on white 21, #777777 on white 4.48', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 6)
  expect(contrast('#ffffff', '#777777')).toBeCloseTo(4.48, 2)
})

describe.each([
  ['light', LIGHT],
  ['dark', DARK],
])('the %s palette', (_, palette) => {
  it('sets text off by at least 4.5, on the page and on every shade of the heat map', () => {
    const { surface, ink, muted, removed, inserted, series, holds, against } = palette
    for (const text of [ink, muted, removed, inserted, ...series]) {
      expect(contrast(text, surface), text).toBeGreaterThanOrEqual(4.5)
    }
    for (const shade of [...holds, ...against]) {
      for (const text of [ink, removed])
        expect(contrast(text, shade), `${text} on ${shade}`).toBeGreaterThanOrEqual(4.5)
    }
  })

  it('shades in even order, away from the page', () => {
    for (const shades of [palette.holds, palette.against]) {
      const steps = shades.map((shade) => contrast(shade, palette.surface))
      expect(steps).toEqual([...steps].sort((a, b) => a - b))
      expect(shades[0]).toBe(palette.surface)
    }
  })
})
