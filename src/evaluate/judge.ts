import { joinEmbedded } from '../gradient/embed.js'
import { predictedLabel } from '../gradient/prediction.js'
import type { Victim } from '../gradient/victim.js'
import { requireFinite, VictimError } from '../gradient/victim-error.js'

/** What a victim makes of one input. */
export interface Judgement {
  /** The label it predicts, in [0, K): the highest logit, the first of equals. */
  readonly predicted: number
  /** [K]. */
  readonly logits: Float32Array
}

/** The judgement of an input, or why there is none; neither for an input without a known word. */
export interface Judged {
  readonly judgement?: Judgement
  /** What the victim could not do: `the model's logits are not finite`. */
  readonly problem?: string
}

/**
 * Asks the victim, and nobody else, what it makes of embedded inputs. One that it cannot judge takes no other along.
 * @param inputs [C, D] each, of any C; one of length 0 (no known word) has no judgement
 */
export function judge(victim: Victim, inputs: readonly Float32Array[]): Judged[] {
  const judged = inputs.flatMap((input, index) => (input.length > 0 ? [index] : []))
  const results = new Array<Judged>(inputs.length).fill({})
  const together = judgeTogether(
    victim,
    judged.map((index) => inputs[index]),
  )
  judged.forEach((index, b) => {
    results[index] = together === undefined ? judgeAlone(victim, inputs[index]) : { judgement: together[b] }
  })
  return results
}

function judgeAlone(victim: Victim, input: Float32Array): Judged {
  try {
    const [judgement] = judgeAll(victim, [input])
    return { judgement }
  } catch (error) {
    if (error instanceof VictimError) return { problem: error.message }
    throw error
  }
}

/** Undefined where there is one among them that cannot be judged. */
function judgeTogether(victim: Victim, inputs: readonly Float32Array[]): Judgement[] | undefined {
  if (inputs.length === 0) return []
  try {
    return judgeAll(victim, inputs)
  } catch (error) {
    if (error instanceof VictimError) return undefined
    throw error
  }
}

function judgeAll(victim: Victim, inputs: readonly Float32Array[]): Judgement[] {
  const all = victim.logits(joinEmbedded(inputs, victim.embeddings.dimensions))
  requireFinite(all)
  const classes = victim.labels.length
  return inputs.map((_, b) => {
    const logits = all.subarray(b * classes, (b + 1) * classes)
    return { predicted: predictedLabel(logits), logits }
  })
}
