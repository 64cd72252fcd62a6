import type { AttackResult } from '../evaluate/result.js'
import { readMarked } from '../text/changed-words.js'
import { count, gapText, measure, percent } from './format.js'
import { LIGHT } from './palette.js'
import type { ReportExample, WordGradient } from './report-input.js'
import { compareTexts, type TextPiece } from './text-pieces.js'

/** Steps of the heat map on either side of 0. */
const STEPS = LIGHT.holds.length - 1

/** Texts before and after, row by row, each word shaded by what the gradient says of it. */
export function Examples({ examples }: { examples: readonly ReportExample[] }) {
  const rows = groupBy(examples, ({ result }) => `${result.row} ${readMarked(result.originalText).text}`)
  rows.sort(([a], [b]) => a.result.row - b.result.row)
  return (
    <>
      {examples.some(({ gradient }) => gradient !== undefined) && <Legend />}
      {rows.map((row) => (
        <ExampleRow key={examples.indexOf(row[0])} row={row} />
      ))}
    </>
  )
}

/** One text under several attacks. Those that leave it as it is, since they change the embedded input, share it. */
function ExampleRow({ row }: { row: readonly ReportExample[] }) {
  const [{ result }] = row
  return (
    <article>
      <h3>
        row {result.row}
        {result.groundTruthOutput !== undefined && `, truth ${result.groundTruthOutput}`}
      </h3>
      {groupBy(row, ({ result: { perturbedText } }) => perturbedText).map((same) => (
        <div class="example" key={same[0].attack}>
          <Text {...same[0]} />
          {same.map((example) => (
            <Outcome key={example.attack} {...example} />
          ))}
        </div>
      ))}
    </article>
  )
}

/** Groups in order of their first member. */
function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>()
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item])
  return [...groups.values()]
}

function Legend() {
  const steps = Array.from({ length: STEPS }, (_, i) => i + 1)
  return (
    <div class="heat-legend">
      <p>
        <del>Struck</del> <ins>inserted</ins>: what the attack changed. The shade of a word is the loss gradient at its
        vector times the vector, g · v: to first order, what the word adds to the loss of the label under attack. Each
        text is shaded to its own largest weight.
      </p>
      <p class="scale">
        <span>holds the label</span>
        <span aria-hidden="true">
          {steps.toReversed().map((step) => (
            <i key={step} class={`holds-${step}`} />
          ))}
          <i />
          {steps.map((step) => (
            <i key={step} class={`against-${step}`} />
          ))}
        </span>
        <span>speaks against it</span>
      </p>
    </div>
  )
}

function Text({ result, gradient }: ReportExample) {
  const { pieces, perturbed } = compareTexts(result, gradient)
  const largest = largestWeight(gradient)
  return (
    <>
      <blockquote dir="auto">
        {pieces.map((piece) => (
          <Piece key={piece.start} piece={piece} largest={largest} />
        ))}
      </blockquote>
      {perturbed !== undefined && (
        <blockquote dir="auto">
          <ins>{perturbed}</ins>
        </blockquote>
      )}
      {gradient !== undefined && <Facts facts={gradientFacts(gradient)} />}
    </>
  )
}

/** Small print: facts whose parts are not torn apart at a line's end. */
function Facts({ facts }: { facts: readonly string[] }) {
  return <span class="facts">{facts.map((fact) => fact.replaceAll(' ', '\u00a0')).join('; ')}</span>
}

function Outcome({ attack, result }: ReportExample) {
  const { resultType, originalOutput, perturbedOutput, originalScore, perturbedScore } = result
  return (
    <p>
      <b>{attack}</b>: {resultType}
      {originalOutput !== undefined && `, ${originalOutput} ${belief(originalScore)} → ${perturbedOutput}`}
      {perturbedScore !== undefined && ` (${originalOutput} ${belief(perturbedScore)})`}
      <Facts facts={changeFacts(result)} />
    </p>
  )
}

/** The probability of the label under attack. */
const belief = (score: number | undefined) => (score === undefined ? '' : percent(1 - score))

function Piece({ piece: { text, weight, changed, replacement }, largest }: { piece: TextPiece; largest: number }) {
  const shade = shadeOf(weight, largest)
  const title = weight === undefined ? undefined : `g · v = ${weight.toPrecision(3)}`
  return (
    <>
      {changed ? (
        <del class={shade} title={title}>
          {text}
        </del>
      ) : shade ? (
        <span class={shade} title={title}>
          {text}
        </span>
      ) : (
        text
      )}
      {replacement !== undefined && <ins>{replacement}</ins>}
    </>
  )
}

function shadeOf(weight: number | undefined, largest: number): string | undefined {
  if (weight === undefined || largest === 0) return undefined
  const step = Math.round((STEPS * Math.abs(weight)) / largest)
  if (step === 0) return undefined
  return `${weight < 0 ? 'holds' : 'against'}-${step}`
}

function changeFacts({
  wordsChanged,
  l1,
  l2,
  linf,
  exactMinimum,
  gap,
  numForwards,
  numGradients,
}: AttackResult): string[] {
  const norms = Object.entries({ L1: l1, L2: l2, 'L∞': linf })
    .filter(([, norm]) => norm !== undefined)
    .map(([name, norm]) => `${name} ${measure(norm)}`)
  return [
    ...(wordsChanged ? [`words changed: ${count(wordsChanged)}`] : []),
    ...norms,
    ...(exactMinimum === undefined ? [] : [`least that flips it ${measure(exactMinimum)}`]),
    ...(gap === undefined ? [] : [`gap ${gapText(gap)}`]),
    `forwards ${count(numForwards)}, gradients ${count(numGradients)}`,
  ]
}

function largestWeight(gradient: readonly WordGradient[] = []): number {
  // No spread: a long text has more words than a call may have arguments.
  return gradient.reduce((most, { weight }) => Math.max(most, Math.abs(weight)), 0)
}

function gradientFacts(gradient: readonly WordGradient[]): string[] {
  if (gradient.length === 0) return []
  const least = gradient.reduce((lowest, { norm }) => Math.min(lowest, norm), Infinity)
  const most = gradient.reduce((highest, { norm }) => Math.max(highest, norm), 0)
  const same = most - least <= 1e-4 * most
  const range = same ? `${measure(most)} at every word` : `${measure(least)} to ${measure(most)}`
  return [`|g| ${range}`, `largest |g · v| ${measure(largestWeight(gradient))}`]
}
