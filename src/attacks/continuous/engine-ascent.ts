import type { Norm } from '../../base/norm.js'
import type { ReadOnlyVictim } from '../../gradient/read-only-victim.js'
import type { Ascent } from '../../gradient/victim.js'
import type { AttackExample, AttackOutcome } from '../attack.js'
import { pointsOf } from './continuous-attack.js'
import { inputsOf } from './inputs-of.js'
import { layoutFromText } from './layouts/choose-layout.js'
import type { AttackObjective } from './losses.js'
import { walkTogether } from './walk-together.js'
import { nearestRival } from './way-out.js'

/** What an engine's ascent depends on, of the options of PGD. */
export interface AscentOptions {
  readonly norm: Norm
  readonly epsilon: number
  readonly steps: number
  /** As a share of epsilon. */
  readonly stepSize: number
  readonly momentum: number
  readonly objective: AttackObjective
  readonly positions: string
  readonly randomStart: boolean
  readonly restarts: number
}

/**
 * PGD all at once on the engine that computes the victim, if there is one and it can: from the texts as they are, at all
 * positions, in L2 or Linf, plain steps, no restarts, no target. It walks as {@link projectedAscent} does, in float32;
 * undefined where that has to walk.
 */
export function ascendOnEngine(
  victim: ReadOnlyVictim,
  examples: readonly AttackExample[],
  options: AscentOptions,
): AttackOutcome[] | undefined {
  const ascent = ascentOf(options)
  if (ascent === undefined || !victim.canAscend || !examples.every(isPlain)) return undefined
  const ids = examples.map(({ encoded }) => encoded.ids)
  const labels = Int32Array.from(examples, ({ label }) => label)
  const rivals = options.objective === 'nearest' ? nearestRivals(victim, examples, options.norm) : undefined
  const rows = victim.ascend(ids, labels, ascent, [...examples.keys()], rivals)
  if (rows === undefined) return undefined
  const D = victim.embeddings.dimensions
  return inputsOf(victim.embeddings, examples).map((text, b): AttackOutcome => {
    const embedded = text.map((value, i) => value + rows[b * D + (i % D)])
    return { kind: 'continuous', embedded }
  })
}

function ascentOf(options: AscentOptions): Ascent | undefined {
  const { norm, epsilon, steps, stepSize, momentum, objective, positions, randomStart, restarts } = options
  const isPlain = momentum === 0 && positions === 'all' && !randomStart && restarts === 0
  if (!isPlain || norm === 'l1' || objective === 'dlr') return undefined
  const followed = objective === 'nearest' ? 'margin' : objective
  return { norm, epsilon, steps, stepLength: stepSize * epsilon, objective: followed }
}

const isPlain = ({ target, embedded }: AttackExample) => target === undefined && embedded === undefined

/** The {@link nearestRival} of each example; undefined where there is only one other label: the victim need not be asked. */
function nearestRivals(victim: ReadOnlyVictim, examples: readonly AttackExample[], norm: Norm): Int32Array | undefined {
  if (victim.labelCount === 2) return undefined
  const rivals = new Int32Array(examples.length)
  walkTogether(victim, pointsOf(victim, examples, 'all', norm, layoutFromText(victim, norm)), function* (point) {
    rivals[point.member] = (yield* nearestRival(point, norm)).rival
  })
  return rivals
}
