import * as Plot from '@observablehq/plot'
import { boundAtEpsilons, type CurveMeasure, type CurveValue, curveMeasure, measuredCurve } from './accuracy-curve.js'
import { Drawn } from './drawn.js'
import { epsilonText } from './format.js'
import { asImage, FONTS, plotDocument, seriesClass } from './plot.js'
import type { BoundPoint, ReportedAttack } from './report-input.js'

const WIDTH = 720
const HEIGHT = 340
const SYMBOLS = ['circle', 'square', 'triangle', 'diamond', 'star', 'wye'] as const
const NORMS: Readonly<Record<string, string>> = { l1: 'L1', l2: 'L2', linf: 'L∞' }
const MEASURES: Readonly<Record<CurveMeasure, { readonly axis: string; readonly sentence: string }>> = {
  accuracy: { axis: 'accuracy', sentence: 'Accuracy under attack' },
  kept: { axis: 'rows that keep their label', sentence: 'Share of the attacked rows that keep their label' },
}
/** Ticks and rules of the shares. */
const SHARES = [0, 0.2, 0.4, 0.6, 0.8, 1]

interface Series {
  readonly label: string
  /** Its place among the plot's series: its colour and symbol. */
  readonly place: number
  readonly measured: readonly CurveValue[]
  readonly bound: readonly BoundPoint[]
}

/** Accuracy against epsilon: a plot for each norm, since epsilons of different norms cannot be compared. */
export function EpsilonPlots({ attacks }: { attacks: readonly ReportedAttack[] }) {
  const curved = attacks
    .map(({ label, bound, summary, written = summary }) => ({ label, bound, summary: written }))
    .filter(({ summary }) => summary.curve.length > 0)
  const measure = curveMeasure(curved.map(({ summary }) => summary))
  const norms = [...new Set(curved.map(normOf))]
  return (
    <>
      {norms.map((norm) => {
        const series = curved
          .filter((attack) => normOf(attack) === norm)
          .map(({ label, summary, bound }, place) => ({
            label,
            place,
            measured: measuredCurve(summary, measure),
            bound: bound ?? boundAtEpsilons(summary, measure),
          }))
        return <EpsilonPlot key={norm} norm={norm} measure={measure} series={series} />
      })}
    </>
  )
}

function normOf({ summary }: Pick<ReportedAttack, 'summary'>): string {
  const norm = String(summary.attack.options.norm ?? '')
  return NORMS[norm] ?? norm
}

function EpsilonPlot({ norm, measure, series }: { norm: string; measure: CurveMeasure; series: readonly Series[] }) {
  const bounded = series.some(({ bound }) => bound.length > 0)
  return (
    <figure>
      <p class="legend">
        {series.map(({ label, place }) => (
          <span key={label}>
            <Sample svg={sample(place)} /> {label}
          </span>
        ))}
        {bounded && (
          <span>
            <Sample svg={boundSample()} /> the best attack possible
          </span>
        )}
      </p>
      <Drawn svg={asImage(draw(norm, measure, series))} />
      <figcaption>
        {MEASURES[measure].sentence} within epsilon ({norm} norm of the change of the embedded input); the markers are
        what was measured, the bands their 95% Wilson intervals. From each marker on the line stays level: what flips a
        row within an epsilon flips it within any larger one.
        {bounded && ' No attack can go below the dashed line: it is the closed form, row by row.'}
      </figcaption>
    </figure>
  )
}

/** How a line looks, for the legend; its name stands beside. */
const Sample = ({ svg }: { svg: Element }) => (
  <span class="sample" aria-hidden="true">
    <Drawn svg={svg} />
  </span>
)

/**
 * Between what is known no line is slanted: measured shares stay up until the next marker and the bound is down before
 * its next point, so that neither promises more than was found, and they never cross.
 */
function draw(norm: string, measure: CurveMeasure, series: readonly Series[]) {
  return Plot.plot({
    document: plotDocument(),
    className: 'plot',
    ariaLabel: `${MEASURES[measure].sentence} against epsilon, ${norm} norm, for ${series.map(({ label }) => label).join(', ')}`,
    width: WIDTH,
    height: HEIGHT,
    marginTop: 30,
    marginLeft: 66,
    marginBottom: 52,
    // The size of the letters is the style sheet's: a narrow window shrinks the plot, not what is to be read.
    style: { fontFamily: FONTS },
    x: { label: `epsilon (${norm}) →`, nice: true, zero: true, ticks: 6, tickFormat: epsilonText },
    y: {
      label: `↑ ${MEASURES[measure].axis}`,
      ticks: SHARES,
      domain: [0, 1],
      tickFormat: (share: number) => `${Math.round(share * 100)}%`,
    },
    marks: [
      Plot.ruleY(SHARES, { className: 'plot-rule' }),
      ...series.map(({ measured, place }) =>
        Plot.areaY(measured, {
          x: 'epsilon',
          y1: 'low',
          y2: 'high',
          fillOpacity: 0.14,
          curve: 'step-after',
          className: seriesClass('band', place),
        }),
      ),
      ...series.map(({ bound }) => Plot.line(bound, { x: 'epsilon', y: 'share', curve: 'step-before', ...BOUND })),
      ...series.flatMap(({ measured, place }) => {
        const className = seriesClass('line', place)
        return [
          Plot.line(measured, { x: 'epsilon', y: 'share', strokeWidth: 0.75, curve: 'step-after', className }),
          Plot.dot(measured, {
            x: 'epsilon',
            y: 'share',
            symbol: SYMBOLS[place % SYMBOLS.length],
            ...DOT,
            className,
          }),
        ]
      }),
    ],
  })
}

const BOUND = { strokeWidth: 1.25, strokeDasharray: '5 3', className: 'plot-bound' } as const
/** Hollow, so that curves that lie on one another are both seen. */
const DOT = { r: 4.5, strokeWidth: 1.75 } as const
const SAMPLE = { axis: null, width: 34, height: 14, margin: 0, className: 'plot' } as const
const DOMAINS = { x: { domain: [0, 1] }, y: { domain: [-1, 1] } } as const

function sample(place: number) {
  const className = seriesClass('line', place)
  return Plot.plot({
    document: plotDocument(),
    ...SAMPLE,
    ...DOMAINS,
    marks: [
      Plot.ruleY([0], { strokeWidth: 1.75, className }),
      Plot.dot([[0.5, 0]], { symbol: SYMBOLS[place % SYMBOLS.length], ...DOT, className }),
    ],
  })
}

function boundSample() {
  return Plot.plot({ document: plotDocument(), ...SAMPLE, ...DOMAINS, marks: [Plot.ruleY([0], BOUND)] })
}
