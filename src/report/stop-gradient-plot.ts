import * as Plot from '@observablehq/plot'
import {
  lastOf,
  type ThreeVariables,
  type ThreeVariablesRun,
  VARIABLES,
  type VariableName,
} from '../gradient/three-variables.js'
import { DEMONSTRATION } from './own-output.js'
import { DARK, LIGHT } from './palette.js'
import { FONTS, plotDocument, plotStyle, seriesClass, svgFile } from './plot.js'

const WIDTH = 960
const HEIGHT = 400
const TICKS = [0, 10, 25, 50, 100, 200, 400, 800, 1600, 3200]
const LABELS: Readonly<Record<VariableName, string>> = { w1: 'w₁', w2: 'w₂', w3: 'w₃' }

interface Point {
  readonly panel: string
  readonly component: number
  readonly step: number
  readonly value: number
}

/**
 * Draws how each component of the three variables moves: on the left with stopGradient, on the right the control
 * without it. An SVG file of its own, for light and dark.
 */
export function stopGradientPlot({ stopped, control }: ThreeVariables): string {
  const panels: readonly [string, ThreeVariablesRun][] = [
    ['with stopGradient: w₁ learns, w₂ and w₃ stay', stopped],
    ['control without it: all three move', control],
  ]
  const iterations = stopped.traces.w1.length - 1
  const svg = Plot.plot({
    document: plotDocument(),
    className: 'plot',
    ariaLabel: DEMONSTRATION,
    width: WIDTH,
    height: HEIGHT,
    marginTop: 44,
    marginBottom: 40,
    marginLeft: 44,
    marginRight: 30,
    style: { fontFamily: FONTS, fontSize: '12px' },
    fx: { label: null, padding: 0.09, domain: panels.map(([panel]) => panel) },
    x: {
      type: 'sqrt',
      domain: [0, iterations],
      label: 'iteration (square-root scale) →',
      ticks: TICKS.filter((tick) => tick <= iterations),
    },
    y: { label: null, nice: true, insetTop: 4, insetBottom: 4 },
    marks: [
      Plot.axisFx({ anchor: 'top', lineAnchor: 'bottom', fontSize: 14, fontWeight: 600, dy: -8 }),
      Plot.text(['a line is a component; dashed: w₂ · w₃, which w₁ is to reach'], {
        frameAnchor: 'bottom-left',
        facetAnchor: 'left',
        className: 'plot-muted',
        fill: 'currentColor',
        dy: 34,
      }),
      Plot.ruleY([0], { className: 'plot-rule' }),
      ...VARIABLES.map((name, n) =>
        Plot.line(
          panels.flatMap(([panel, { traces }]) => points(panel, traces[name])),
          { x: 'step', y: 'value', z: 'component', fx: 'panel', className: seriesClass('line', n), strokeWidth: 1.75 },
        ),
      ),
      Plot.line(
        panels.flatMap(([panel, { traces }]) => points(panel, products(traces.w2, traces.w3))),
        {
          x: 'step',
          y: 'value',
          z: 'component',
          fx: 'panel',
          className: 'plot-bound',
          strokeWidth: 1.25,
          strokeDasharray: '2 4',
        },
      ),
      ...VARIABLES.map((name, n) =>
        Plot.text(
          panels.flatMap(([panel, { traces }]) => labelPoint(panel, traces, name)),
          {
            x: 'step',
            y: 'value',
            fx: 'panel',
            text: () => LABELS[name],
            className: seriesClass('label', n),
            ...LABEL_STYLE,
          },
        ),
      ),
    ],
  })
  return svgFile(svg, plotStyle() + BACKGROUND)
}

/** The file stands alone, so it brings its own ground. */
const BACKGROUND = `.plot { background: ${LIGHT.surface} }
@media (prefers-color-scheme: dark) { .plot { background: ${DARK.surface} } }
`

const LABEL_STYLE = { textAnchor: 'start', dx: 5, fontWeight: 600, fontSize: 13 } as const

function points(panel: string, trace: readonly ArrayLike<number>[]): Point[] {
  return drawnSteps(trace.length - 1).flatMap((step) =>
    Array.from(trace[step], (value, component) => ({ panel, component, step, value })),
  )
}

/** As many steps as the eye can tell apart, evenly spaced on the square-root scale. */
function drawnSteps(last: number): number[] {
  return [...new Set(Array.from({ length: 101 }, (_, i) => Math.round((i / 100) ** 2 * last)))]
}

function products(a: readonly Float32Array[], b: readonly Float32Array[]): Float32Array[] {
  return a.map((values, step) => values.map((value, i) => value * b[step][i]))
}

/** Names a variable at the end of that line of its five which ends farthest from the lines of the other two. */
function labelPoint(panel: string, traces: ThreeVariablesRun['traces'], name: VariableName): Point[] {
  const others = VARIABLES.filter((other) => other !== name).flatMap((other) => Array.from(lastOf(traces[other])))
  const clearance = ({ value }: Point) => Math.min(...others.map((other) => Math.abs(other - value)))
  const ends = points(panel, [lastOf(traces[name])])
  const farthest = ends.reduce((best, end) => (clearance(end) > clearance(best) ? end : best))
  return [{ ...farthest, step: traces[name].length - 1 }]
}
