import type { ReportInput } from './report-input.js'

/**
 * The report as one HTML file: it loads nothing, runs nothing, reads well in light, dark and print. Texts are escaped
 * wherever they stand.
 */
export async function renderReport(input: ReportInput): Promise<string> {
  // What draws is loaded when something is drawn: it takes longer to load than all the rest together.
  const { renderToString } = await import('preact-render-to-string')
  const { Page } = await import('./page.js')
  return `<!doctype html>\n${renderToString(<Page {...input} />)}\n`
}
