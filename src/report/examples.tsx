import type { AttackResult } from '../evaluate/result.js'
import { count, measure, percent } from './format.js'
import { LIGHT } from './palette.js'
import type { ReportExample, WordGradient } from './report-input.js'
import { compareTexts, type TextPiece } from './text-pieces.js'

/** Steps of the heat map on either side of 0. */
const STEPS = LIGHT.holds.length - 1

/** Texts before and after, attack by attack, each word shaded by what the gradient says of it. */
export function Examples({ examples }: { examples: readonly ReportExample[] }) {
  const attacks = [...new Set(examples.map(({ attack }) => attack))]
  return (
    <>
      {examples.some(({ gradient }) => gradient !== undefined) && <Legend />}
      {attacks.map((attack) => (
        <section key={attack}>
          <h3>{attack}</h3>
          {examples
            .filter((example) => example.attack === attack)
            .map((example) => (
              <Example key={example.result.row} {...example} />
            ))}
        </section>
      ))}
    </>
  )
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

function Example({ result, gradient }: ReportExample) {
  const { pieces, perturbed } = compareTexts(result, gradient)
  const largest = Math.max(0, ...pieces.map(({ weight = 0 }) => Math.abs(weight)))
  return (
    <article class="example">
      <p class="verdict">
        row {result.row}: <Outcome {...result} />
      </p>
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
      <p class="aside">{[...changeFacts(result), ...gradientFacts(gradient, largest)].join('; ')}</p>
    </article>
  )
}

function Outcome({ resultType, originalOutput, perturbedOutput, originalScore, perturbedScore }: AttackResult) {
  return (
    <>
      <b>{resultType}</b>
      {originalOutput !== undefined && (
        <>
          , {originalOutput} {belief(originalScore)} → {perturbedOutput}
          {perturbedScore !== undefined && ` (${originalOutput} ${belief(perturbedScore)})`}
        </>
      )}
    </>
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
    ...(norms.length > 0 ? [`change ${norms.join(', ')}`] : []),
    ...(exactMinimum === undefined ? [] : [`least that flips it ${measure(exactMinimum)}`]),
    ...(gap === undefined ? [] : [`gap ${percent(gap)}`]),
    `forwards ${count(numForwards)}, gradients ${count(numGradients)}`,
  ]
}

function gradientFacts(gradient: readonly WordGradient[] | undefined, largest: number): string[] {
  if (gradient === undefined || gradient.length === 0) return []
  const norms = gradient.map(({ norm }) => norm)
  const [least, most] = [Math.min(...norms), Math.max(...norms)]
  const same = most - least <= 1e-4 * most
  const range = same ? `${measure(most)} at every word` : `${measure(least)} to ${measure(most)}`
  return [`|g| ${range}, largest |g · v| ${measure(largest)}`]
}
