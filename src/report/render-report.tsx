import { renderToString } from 'preact-render-to-string'
import { Page } from './page.js'
import type { ReportInput } from './report-input.js'

/**
 * The report as one HTML file: it loads nothing, runs nothing, reads well in light, dark and print. Texts are escaped
 * wherever they stand.
 */
export function renderReport(input: ReportInput): string {
  return `<!doctype html>\n${renderToString(<Page {...input} />)}\n`
}
