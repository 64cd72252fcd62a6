import { embed } from '../gradient/embed.js'
import { lossOf, type Objective } from '../gradient/objective.js'
import type { ReadOnlyVictim } from '../gradient/read-only-victim.js'
import { type Swap, swapWords } from '../gradient/swap.js'
import type { AttackExample } from './attack.js'
import { lossLabel, lossSign, reachesGoal } from './goal.js'

/** A text with some of its words swapped. */
export interface State {
  readonly example: AttackExample
  /** The example's place in the attacked batch. */
  readonly member: number
  readonly swaps: readonly Swap[]
}

/** What the victim says of a state. */
export interface Reading {
  readonly swaps: readonly Swap[]
  readonly reached: boolean
  /** With the sign of the goal: higher is nearer to it. */
  readonly loss: number
  /** Of the victim's own loss, [C, D]; empty where it was not asked for. */
  readonly gradient: Float32Array
}

/** Logits of one call: bounds the memory where K is a whole vocabulary. */
const LOGITS_AT_ONCE = 1 << 22

/** Reads states, of one example or of many, in few calls; one reading for each, in order. */
export function readStates(
  victim: ReadOnlyVictim,
  states: readonly State[],
  objective: Objective,
  want: 'gradients' | 'logits',
): Reading[] {
  const atOnce = Math.max(1, Math.floor(LOGITS_AT_ONCE / victim.labelCount))
  const readings: Reading[] = []
  for (let from = 0; from < states.length; from += atOnce) {
    readings.push(...readChunk(victim, states.slice(from, from + atOnce), objective, want))
  }
  return readings
}

function readChunk(
  victim: ReadOnlyVictim,
  states: readonly State[],
  objective: Objective,
  want: 'gradients' | 'logits',
): Reading[] {
  const words = states.map(({ example, swaps }) => swapWords(example.encoded.ids, swaps))
  const batch = embed(victim.embeddings, words)
  const labels = Int32Array.from(states, ({ example }) => lossLabel(example))
  const members = states.map(({ member }) => member)
  const read = want === 'gradients' ? victim.lossGradient(batch, labels, objective, members) : undefined
  const logits = read?.logits ?? victim.logits(batch, members)
  const classes = victim.labelCount
  return states.map(({ example, swaps }, b) => {
    const row = logits.subarray(b * classes, (b + 1) * classes)
    const [start, end] = [batch.offsets[b] * batch.dimensions, batch.offsets[b + 1] * batch.dimensions]
    return {
      swaps,
      reached: reachesGoal(row, example),
      loss: lossSign(example) * lossOf(objective, row, labels[b]),
      gradient: read ? read.gradient.subarray(start, end) : NO_GRADIENT,
    }
  })
}

const NO_GRADIENT = new Float32Array()
