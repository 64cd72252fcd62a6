import { exampleOf, joinEmbedded } from '../../gradient/embed.js'
import { predictedLabel } from '../../gradient/prediction.js'
import type { EmbeddedBatch, Victim } from '../../gradient/victim.js'
import { requireFinite, VictimError } from '../../gradient/victim-error.js'

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
 * @param inputs of any C; one without a position (no known word) has no judgement
 */
export function judge(victim: Victim, inputs: EmbeddedBatch): Judged[] {
  const { offsets } = inputs
  const results = new Array<Judged>(offsets.length - 1).fill({})
  const judged = [...results.keys()].filter((b) => offsets[b + 1] > offsets[b])
  // An input without a position takes no place in the batch: without it the others lie where they were.
  const ends = judged.map((b) => offsets[b + 1])
  const together = judgeTogether(victim, { ...inputs, offsets: Int32Array.from([0, ...ends]) })
  judged.forEach((b, i) => {
    results[b] = together === undefined ? judgeAlone(victim, inputs, b) : { judgement: together[i] }
  })
  return results
}

function judgeAlone(victim: Victim, inputs: EmbeddedBatch, b: number): Judged {
  try {
    const [judgement] = judgeAll(victim, joinEmbedded([exampleOf(inputs, b)], inputs.dimensions))
    return { judgement }
  } catch (error) {
    if (error instanceof VictimError) return { problem: error.message }
    throw error
  }
}

/** Undefined where there is one among them that cannot be judged. */
function judgeTogether(victim: Victim, inputs: EmbeddedBatch): Judgement[] | undefined {
  try {
    return judgeAll(victim, inputs)
  } catch (error) {
    if (error instanceof VictimError) return undefined
    throw error
  }
}

function judgeAll(victim: Victim, inputs: EmbeddedBatch): Judgement[] {
  const rows = inputs.offsets.length - 1
  if (rows === 0) return []
  const all = victim.logits(inputs)
  requireFinite(all)
  const K = victim.labels.length
  return Array.from({ length: rows }, (_, b) => {
    const logits = all.subarray(b * K, (b + 1) * K)
    return { predicted: predictedLabel(logits), logits }
  })
}
