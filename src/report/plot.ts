import { DOMParser } from 'linkedom'
import { DARK, LIGHT, type Palette } from './palette.js'

export const FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

/** A document for Plot to draw in. It is of XML, so that what is drawn is escaped for a file of its own as well. */
export function plotDocument(): object {
  return new DOMParser().parseFromString('<svg xmlns="http://www.w3.org/2000/svg"></svg>', 'image/svg+xml')
}

/** A drawn plot as text: an image with a name, for those who cannot see it. */
export function svgText(svg: { setAttribute(name: string, value: string): void; readonly outerHTML: string }): string {
  svg.setAttribute('role', 'img')
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  return svg.outerHTML.replace(/ (?:d|transform)="[^"]*"/g, (attribute) =>
    attribute.replace(/\d+\.\d{3,}/g, toHundredths),
  )
}

/** A hundredth of a pixel is enough: a third of the bytes. */
const toHundredths = (number: string) => String(Math.round(Number(number) * 100) / 100)

/** The class of the n-th line or label; colours come from the style sheet, so that one drawing serves both schemes. */
export const lineClass = (n: number, palette: Palette = LIGHT) => `line-${n % palette.series.length}`
export const labelClass = (n: number, palette: Palette = LIGHT) => `label-${n % palette.series.length}`

/** Style of plots in one scheme. */
export function plotColours(palette: Palette): string {
  const series = palette.series.map(
    (colour, n) => `.line-${n} { stroke: ${colour} } .band-${n} { fill: ${colour} } .label-${n} { fill: ${colour} }`,
  )
  return [
    ...series,
    `.plot { color: ${palette.ink} } .plot-muted { color: ${palette.muted} }`,
    `.plot-rule { stroke: ${palette.rule} } .plot-bound { stroke: ${palette.ink} } .plot-halo { stroke: ${palette.surface} }`,
  ].join('\n')
}

/** Style of plots that follows the reader's scheme. */
export function plotStyle(): string {
  return `${plotColours(LIGHT)}\n@media (prefers-color-scheme: dark) {\n${plotColours(DARK)}\n}`
}
