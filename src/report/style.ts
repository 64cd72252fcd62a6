import { DARK, LIGHT, type Palette } from './palette.js'
import { FONTS, plotStyle } from './plot.js'

/*
 * Nothing here may hold a double quote, an ampersand or a less-than sign: the page is rendered by a renderer that
 * escapes them, and a style element takes its text as it is.
 */

function colours({ surface, ink, muted, rule, removed, inserted, holds, against }: Palette): string {
  const plain = `--surface: ${surface}; --ink: ${ink}; --muted: ${muted}; --rule: ${rule};`
  const shades = holds.map((_, i) => `--holds-${i}: ${holds[i]}; --against-${i}: ${against[i]};`)
  return `${plain} --removed: ${removed}; --inserted: ${inserted}; ${shades.join(' ')}`
}

const shades = LIGHT.holds
  .map((_, i) => `.holds-${i} { background: var(--holds-${i}) } .against-${i} { background: var(--against-${i}) }`)
  .join('\n')

/** The page's style sheet. */
export const STYLE = `
:root { color-scheme: light dark; ${colours(LIGHT)} }
@media (prefers-color-scheme: dark) { :root { ${colours(DARK)} } }
${plotStyle()}
${shades}
* { box-sizing: border-box }
body {
  margin: 0 auto; padding: 2.5rem clamp(1rem, 4vw, 3rem) 4rem; max-width: 76rem;
  font: 1rem/1.55 ${FONTS}; color: var(--ink); background: var(--surface);
  font-variant-numeric: tabular-nums; text-wrap: pretty; overflow-wrap: break-word;
}
h1 { font-size: 1.75rem; line-height: 1.2; font-weight: 650; letter-spacing: -0.01em; margin: 0 0 0.5rem }
h2 { font-size: 1.2rem; line-height: 1.3; font-weight: 650; margin: 3rem 0 0.75rem }
h3 { font-size: 1rem; font-weight: 650; margin: 1.75rem 0 0.5rem }
p, blockquote { max-width: 70ch }
p { margin: 0 0 0.75rem }
.lead { font-size: 1.1rem; color: var(--muted) }
.aside, .facts, caption, figcaption, .heat-legend, footer { font-size: 0.85rem; line-height: 1.45; color: var(--muted) }
code { font: 0.85rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
pre { margin: 0.5rem 0; padding: 0.75rem 1rem; border-left: 2px solid var(--rule); white-space: pre-wrap }
summary { cursor: pointer; padding: 0.2rem 0 }
footer { margin-top: 4rem; border-top: 1px solid var(--rule); padding-top: 0.75rem }

dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1.25rem; margin: 0 0 1rem }
dt { color: var(--muted) }
dd { margin: 0; min-width: 0 }
.equal { color: var(--inserted); font-weight: 600 }
.moved { color: var(--removed); font-weight: 600 }

table { border-collapse: collapse; width: 100%; margin: 0.5rem 0 1.5rem; font-size: 0.9rem; line-height: 1.4 }
caption { caption-side: bottom; text-align: left; padding-top: 0.6rem }
th, td { padding: 0.45rem 0.6rem; text-align: right; vertical-align: top }
th { font-weight: 600 }
th:first-child, td:first-child { text-align: left; padding-left: 0 }
thead tr:first-child th { border-top: 1.5px solid var(--ink); vertical-align: bottom }
thead tr:last-child th, thead th[rowspan] { border-bottom: 1px solid var(--ink) }
thead th { font-size: 0.85rem; line-height: 1.25; vertical-align: bottom }
thead th[scope=colgroup] { text-align: center; border-bottom: 1px solid var(--rule) }
tbody tr + tr > * { border-top: 1px solid var(--rule) }
tbody tr:last-child > * { border-bottom: 1.5px solid var(--ink) }
td .aside { display: block; font-size: 0.8rem; white-space: nowrap }
.prose th, .prose td { text-align: left }
.prose td, dd { overflow-wrap: anywhere }
/* Where the rows come from: a path, which reads badly when it is cut within its names. */
.prose td:nth-child(4) { min-width: 11.5rem }
.compact { width: auto; min-width: 30rem }

figure { margin: 0 0 1.5rem; max-width: 45rem }
.plot { display: block; max-width: 100%; height: auto; font-size: 12px }
.sample .plot { display: inline-block; vertical-align: -2px }
.legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; font-size: 0.9rem; margin: 0 0 0.25rem }
.heat-legend del, .heat-legend ins { font-size: inherit }
.scale { display: flex; flex-wrap: wrap; gap: 0.25rem 0.75rem; align-items: center }
.scale i { display: inline-block; width: 1.6rem; height: 0.9rem; vertical-align: middle; border: 1px solid var(--rule); border-width: 1px 0 }
.scale i:first-child { border-left-width: 1px }
.scale i:last-child { border-right-width: 1px }

.example { margin: 0 0 1.25rem; break-inside: avoid }
.example p { margin: 0.35rem 0 0 }
.facts { display: block; max-width: 82ch }
.example blockquote { margin: 0.3rem 0 0.25rem; padding-left: 1rem; border-left: 2px solid var(--rule); line-height: 1.8; white-space: pre-wrap }
.example blockquote span, .example del { border-radius: 2px; padding: 0.1em 0.05em; box-decoration-break: clone }
del { color: var(--removed); text-decoration: line-through 1.5px }
ins { color: var(--inserted); text-decoration: underline 1.5px; text-underline-offset: 0.2em; font-weight: 600 }
del + ins { margin-left: 0.3em }

@media screen and (max-width: 60rem) {
  .stacks { display: flex; flex-direction: column; min-width: 0 }
  .stacks caption { order: 1 }
  .stacks tbody { display: block }
  .stacks thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden }
  .stacks tbody tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: 0.4rem 1.25rem; padding: 0.6rem 0 0.9rem }
  .stacks tbody tr > * { border: 0; padding: 0; text-align: left }
  .stacks tbody th { grid-column: 1 / -1; font-size: 1rem }
  .stacks tbody tr { border-top: 1px solid var(--rule) }
  .prose.stacks td:last-child { grid-column: 1 / -1 }
  .stacks tbody tr:first-child { border-top: 1.5px solid var(--ink) }
  .stacks tbody tr:last-child { border-bottom: 1.5px solid var(--ink) }
  .stacks td::before { content: attr(data-name); display: block; color: var(--muted); font-size: 0.8rem }
}
@media screen and (max-width: 40rem) {
  figure .plot { font-size: 20px }
}
@media (max-width: 30rem) {
  dl { grid-template-columns: 1fr; gap: 0 }
  dd { margin-bottom: 0.5rem }
}
@media print {
  html { font-size: 9.5pt }
  body { padding: 0; max-width: none }
  table { font-size: 8pt }
  th, td { padding: 0.3rem 0.35rem }
  h2, h3, blockquote { break-after: avoid }
  tr, figure { break-inside: avoid }
  .example blockquote span, .example del, .scale i { print-color-adjust: exact }
}
`
