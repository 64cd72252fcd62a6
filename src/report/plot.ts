import { parseHTML } from 'linkedom'
import { DARK, LIGHT, type Palette } from './palette.js'

export const FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

/** A document for Plot to draw in. It is of XML, so that what is drawn is escaped for a file of its own as well. */
export function plotDocument(): Document {
  const { DOMParser } = parseHTML('')
  return new DOMParser().parseFromString('<svg xmlns="http://www.w3.org/2000/svg"></svg>', 'image/svg+xml')
}

/** Says that a drawn plot is one image, whose name (Plot's ariaLabel) is read to those who cannot see it. */
export function asImage(svg: Element): Element {
  svg.setAttribute('role', 'img')
  return svg
}

/** A drawn plot as an SVG file with its style. */
export function svgFile(svg: Element, style: string): string {
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  return asImage(svg)
    .outerHTML.replace(/ (?:d|transform)="[^"]*"/g, roundCoordinates)
    .replace('</style>', () => `\n${style}</style>`)
}

/** A hundredth of a pixel is enough: a third of the bytes. */
export function roundCoordinates(text: string): string {
  return text.replace(/\d+\.\d{3,}/g, (number) => String(Math.round(Number(number) * 100) / 100))
}

/** The class of the n-th line, of its band or its label; colours come from the style sheet, for either scheme. */
export const seriesClass = (kind: 'line' | 'band' | 'label', n: number) => `${kind}-${n % LIGHT.series.length}`

/** Style of plots that follows the reader's scheme. */
export function plotStyle(): string {
  return `${plotColours(LIGHT)}\n@media (prefers-color-scheme: dark) {\n${plotColours(DARK)}\n}\n`
}

function plotColours(palette: Palette): string {
  const series = palette.series.map(
    (colour, n) => `.line-${n} { stroke: ${colour} } .band-${n} { fill: ${colour} } .label-${n} { fill: ${colour} }`,
  )
  return [
    ...series,
    `.plot { color: ${palette.ink} } .plot-muted { color: ${palette.muted} }`,
    `.plot-rule { stroke: ${palette.rule} } .plot-bound { stroke: ${palette.ink} }`,
  ].join('\n')
}
