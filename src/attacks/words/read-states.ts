import { type Edit, type EditedWords, editWords } from '../../gradient/edit.js'
import { embed } from '../../gradient/embed.js'
import { lossOf, type Objective } from '../../gradient/objective.js'
import type { ReadOnlyVictim } from '../../gradient/read-only-victim.js'
import type { AttackExample } from '../attack.js'
import { lossLabel, lossSign, reachesGoal } from '../goal.js'

/** A text with some of its words edited. */
export interface State {
  readonly example: AttackExample
  /** The example's place in the attacked batch. */
  readonly member: number
  readonly edits: readonly Edit[]
  /** For gradients of the margin: the label held against the example's, in [0, K); the highest other one without it. */
  readonly rival?: number
}

/** What the victim says of a state. */
export interface Reading {
  readonly state: State
  readonly words: EditedWords
  readonly reached: boolean
  /** With the sign of the goal: higher is nearer to it. Of a rival where the state names one. */
  readonly loss: number
  /** [K]. */
  readonly logits: Float32Array
  /** Of the victim's own loss, [C, D]; empty where it was not asked for. */
  readonly gradient: Float32Array
}

/** Logits of one call: bounds the memory where K is a whole vocabulary. */
const LOGITS_AT_ONCE = 1 << 22
/** Words of one call: bounds the memory of long texts. */
const WORDS_AT_ONCE = 1 << 17

/**
 * Words that a search may read for one example: bounds the time for texts of 100,000 words, and is never met by texts of a
 * few thousand.
 */
export const MOST_WORDS_READ = 1 << 22

/** The same for edited texts that constraints reject: those that must read a whole text to know are few. */
export const MOST_WORDS_REJECTED = 1 << 25

/**
 * Reads states, of one example or of many, in few calls; one reading for each, in order. A text of which no word is left
 * is no state.
 */
export function readStates(
  victim: ReadOnlyVictim,
  states: readonly State[],
  objective: Objective,
  want: 'gradients' | 'logits',
): Reading[] {
  const readings: Reading[] = []
  const most = Math.max(1, Math.floor(LOGITS_AT_ONCE / victim.labelCount))
  let words = 0
  let from = 0
  const readTo = (end: number) => {
    if (end > from) readings.push(...readChunk(victim, states.slice(from, end), objective, want))
    from = end
    words = 0
  }
  states.forEach(({ example, rival }, i) => {
    const isOther = i > from && (rival === undefined) !== (states[from].rival === undefined)
    if (isOther || i - from >= most || words >= WORDS_AT_ONCE) readTo(i)
    words += example.encoded.ids.length
  })
  readTo(states.length)
  return readings
}

function readChunk(
  victim: ReadOnlyVictim,
  states: readonly State[],
  objective: Objective,
  want: 'gradients' | 'logits',
): Reading[] {
  const words = states.map(({ example, edits }) => editWords(example.encoded.ids, edits))
  const batch = embed(
    victim.embeddings,
    words.map(({ ids }) => ids),
  )
  const labels = Int32Array.from(states, ({ example }) => lossLabel(example))
  const rivals = states[0].rival === undefined ? undefined : Int32Array.from(states, ({ rival }) => rival ?? -1)
  const members = states.map(({ member }) => member)
  const read = want === 'gradients' ? victim.lossGradient(batch, labels, objective, members, rivals) : undefined
  const all = read?.logits ?? victim.logits(batch, members)
  const classes = victim.labelCount
  return states.map((state, b) => {
    const logits = all.subarray(b * classes, (b + 1) * classes)
    const [start, end] = [batch.offsets[b] * batch.dimensions, batch.offsets[b + 1] * batch.dimensions]
    return {
      state,
      words: words[b],
      reached: reachesGoal(logits, state.example),
      loss: lossSign(state.example) * lossOf(objective, logits, labels[b], state.rival),
      logits,
      gradient: read ? read.gradient.subarray(start, end) : NO_GRADIENT,
    }
  })
}

const NO_GRADIENT = new Float32Array()
