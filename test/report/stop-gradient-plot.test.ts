import { DOMParser } from 'linkedom'
import { beforeAll, describe, expect, it } from 'vitest'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { threeVariables } from '#src/gradient/three-variables.js'
import { stopGradientPlot } from '#src/report/stop-gradient-plot.js'

describe('the plot of the three variables', () => {
  let svg = ''
  beforeAll(async () => {
    await useTensorBackend('cpu')
    svg = stopGradientPlot(threeVariables({ iterations: 20 }))
  })

  it('draws three variables and the goal, five components each, in two panels', () => {
    const document = new DOMParser().parseFromString(svg, 'image/svg+xml')
    for (const line of ['line-0', 'line-1', 'line-2', 'plot-bound']) {
      expect(document.querySelectorAll(`.${line} path`)).toHaveLength(10)
    }
    for (const label of ['w₁', 'w₂', 'w₃']) {
      expect(svg.match(new RegExp(`>${label}</text>`, 'g'))).toHaveLength(2)
    }
  })

  it('is one SVG file that names itself, fetches nothing and follows the scheme', () => {
    expect(svg).toMatch(/^<svg [^>]*aria-label="/)
    expect(svg).toContain('xmlns="http://www.w3.org/2000/svg"')
    expect(svg).toContain('prefers-color-scheme: dark')
    expect(svg).not.toMatch(/href=|url\(|<script|NaN/)
  })

  it('is the same for the same numbers', () => {
    expect(stopGradientPlot(threeVariables({ iterations: 20 }))).toBe(svg)
  })
})
