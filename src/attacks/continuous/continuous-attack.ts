import { type Norm, normOf } from '../../base/norm.js'
import type { ReadOnlyVictim } from '../../gradient/read-only-victim.js'
import type { Attack, AttackContext, AttackExample, AttackOutcome } from '../attack.js'
import { inputsOf } from './inputs-of.js'
import { type LayoutOf, layoutFromText, layoutOfEach } from './layouts/choose-layout.js'
import { type AttackObjective, requireLabels } from './losses.js'
import { changeableOf, listedPositions, mostSalient } from './positions.js'
import { Point, type Walk } from './walk.js'
import { walkTogether } from './walk-together.js'

/** What the options of all continuous attacks have; `norm` where the attack knows several. */
type ContinuousOptions = {
  readonly positions: string
  readonly norm: Norm
  readonly epsilon?: number
  readonly objective?: AttackObjective
}

interface Design<Options extends ContinuousOptions> {
  readonly name: string
  readonly options: Options
  /** Makes the attack of other options. */
  readonly create: (options: Options) => Attack
  /** Whether it looks for the smallest perturbation: `epsilon` is then only a limit beyond which none counts. */
  readonly isMinimal?: boolean
  /** Whether it may begin elsewhere than at the text. */
  readonly startsElsewhere?: boolean
  /** The attack on one example. */
  readonly walk: (point: Point, context: AttackContext) => Walk
}

/** A continuous attack of what it does to one example. */
export function continuousAttack<Options extends ContinuousOptions>(design: Design<Options>): Attack {
  const { name, options, create, isMinimal = false, startsElsewhere = false, walk } = design
  const { epsilon, norm, positions } = options
  return {
    name,
    kind: 'continuous',
    options: { ...options },
    ball: epsilon === undefined ? undefined : { norm, epsilon },
    minimises: isMinimal ? norm : undefined,
    withEpsilon: (other) => create({ ...options, epsilon: other }),
    changeable: (count) => changeableOf(positions, count),
    run(victim, examples, context) {
      if (options.objective !== undefined) {
        const isTargeted = examples.some(({ target }) => target !== undefined)
        requireLabels(name, options.objective, victim.labelCount, isTargeted)
      }
      const layoutOf = startsElsewhere ? layoutOfEach : layoutFromText(victim, norm)
      const points = pointsOf(victim, examples, positions, norm, layoutOf)
      walkTogether(victim, points, (point) => walk(point, context))
      return points.map((point) => outcomeOf(point, isMinimal ? epsilon : undefined, norm))
    },
  }
}

/** The examples of a batch as points, with the positions that a choice lets change: no question but for `most-salient`. */
export function pointsOf(
  victim: ReadOnlyVictim,
  examples: readonly AttackExample[],
  choice: string,
  norm: Norm,
  layoutOf: LayoutOf,
): readonly Point[] {
  const { dimensions } = victim.embeddings
  const texts = inputsOf(victim.embeddings, examples).map((text) => {
    return { text, dimensions, changeable: listedPositions(choice, text.length / dimensions) }
  })
  const pointsIn = (layoutOf: LayoutOf) =>
    texts.map((text, member) => new Point(examples[member], member, layoutOf(text), victim.labelCount))
  if (choice !== 'most-salient') return pointsIn(layoutOf)
  walkTogether(victim, pointsIn(layoutOfEach), (point) =>
    mostSalient(point, norm, dimensions, (position) => {
      texts[point.member].changeable = Int32Array.of(position)
    }),
  )
  return pointsIn(layoutOf)
}

/** The perturbed input, or the input as it is where the perturbation is larger than `limit`. */
export function outcomeOf({ layout, best }: Point, limit?: number, norm: Norm = 'l2'): AttackOutcome {
  const { text } = layout.of
  const embedded = new Float32Array(text.length)
  layout.perturb(best, embedded, 0)
  if (limit === undefined) return { kind: 'continuous', embedded }
  const change = Float64Array.from(embedded, (value, i) => value - text[i])
  return { kind: 'continuous', embedded: normOf(norm, change) > limit ? text.slice() : embedded }
}
