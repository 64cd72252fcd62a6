import { type Norm, normOf } from '../../base/norm.js'
import { highestOthers, MOST_RIVALS } from './highest-others.js'
import { type AttackObjective, goalLoss, type Loss, leadOf } from './losses.js'
import { DUAL } from './norms/dual.js'
import type { Point, Walk } from './walk.js'

/** What the gradients at the text say of the way out. */
export interface WayOut {
  /** What an attack is to raise. */
  readonly loss: Loss
  /** How far the goal is, in logits: above 0. */
  readonly margin: number
  /** How many logits a perturbation of norm 1 is worth, |gradient of the margin| in the dual norm; 0 where it is flat. */
  readonly slope: number
  /** margin / slope: the distance of the boundary, exact for a linear victim. */
  readonly distance: number
}

/** The way out to the label that an attack is to put above the others. */
interface WayToRival extends WayOut {
  /** The target, or the label whose boundary is nearest. */
  readonly rival: number
}

/**
 * The label whose boundary is nearest by the gradients at the text (DeepFool's choice): of a linear victim the one that
 * is left for with the least perturbation, which the highest of the other logits is not. A gradient for each label but
 * one, of the ten of the highest logits. With two labels, or a target, it is the margin.
 */
export function* nearestRival(point: Point, norm: Norm, confidence = 0): Walk<WayToRival> {
  const { example, labels } = point
  const { label, target } = example
  if (labels === 2 || target !== undefined) {
    const [way] = yield* waysOut(norm, [goalLoss('margin', example)], confidence)
    return { ...way, rival: target ?? 1 - label }
  }
  const { logits } = yield { losses: [], gradients: false }
  const rivals = highestOthers(logits, label, MOST_RIVALS)
  const leads = rivals.map((rival) => leadOf(rival, label))
  const ways = yield* waysOut(norm, leads, confidence)
  const nearest = ways.reduce((best, way, k) => (way.distance < ways[best].distance ? k : best), 0)
  return { ...ways[nearest], rival: rivals[nearest] }
}

/** What an attack is to raise for this example by its option `objective`. */
export function* lossToRaise(objective: AttackObjective, point: Point, norm: Norm): Walk<Loss> {
  if (objective !== 'nearest') return goalLoss(objective, point.example)
  if (point.labels === 2 || point.example.target !== undefined) return goalLoss('margin', point.example)
  return (yield* nearestRival(point, norm)).loss
}

/**
 * {@link lossToRaise} with the scale of the example: for objectives other than `nearest` that of the margin.
 * @param confidence by how many logits the goal is to be reached: with more of it another label may be the nearest
 */
export function* wayOutBy(objective: AttackObjective, point: Point, norm: Norm, confidence = 0): Walk<WayOut> {
  if (objective === 'nearest') return yield* nearestRival(point, norm, confidence)
  const [way] = yield* waysOut(norm, [goalLoss('margin', point.example)], confidence)
  return { ...way, loss: goalLoss(objective, point.example) }
}

/** One for each of the leads. */
function* waysOut(norm: Norm, leads: readonly Loss[], confidence: number): Walk<WayOut[]> {
  const { logits, losses, gradients } = yield { losses: leads, gradients: true }
  // On the very boundary there is no scale to be had: the rounding of the logits is one.
  const least = ROUNDING * logits.reduce((largest, value) => Math.max(largest, Math.abs(value)), Number.MIN_VALUE)
  return leads.map((loss, k): WayOut => {
    const margin = Math.max(-losses[k], least) + confidence
    const slope = normOf(DUAL[norm], gradients[k])
    return { loss, margin, slope, distance: margin / slope }
  })
}

/** Of float32, as a share. */
const ROUNDING = 1e-6
