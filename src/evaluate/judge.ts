import { UserError } from '../base/errors.js'
import { predictedLabel } from '../gradient/prediction.js'
import type { Victim } from '../gradient/victim.js'

/** What a victim makes of one input. */
export interface Judgement {
  /** The label it predicts, in [0, K): the highest logit, the first of equals. */
  readonly predicted: number
  /** [K]. */
  readonly logits: Float32Array
}

/**
 * Asks the victim, and nobody else, what it makes of embedded inputs.
 * @param inputs [C, D] each, of any C; one of length 0 (no known word) has no judgement
 * @param nameOf names an input in an error: `reviews.csv row 17`
 * @throws UserError when logits are not finite
 */
export function judge(
  victim: Victim,
  inputs: readonly Float32Array[],
  nameOf: (index: number) => string,
): (Judgement | undefined)[] {
  const { dimensions } = victim.embeddings
  const judged = inputs.flatMap((input, index) => (input.length > 0 ? [index] : []))
  const judgements = new Array<Judgement | undefined>(inputs.length).fill(undefined)
  if (judged.length === 0) return judgements
  const offsets = new Int32Array(judged.length + 1)
  judged.forEach((index, b) => {
    offsets[b + 1] = offsets[b] + inputs[index].length / dimensions
  })
  const embedded = new Float32Array(offsets[judged.length] * dimensions)
  judged.forEach((index, b) => {
    embedded.set(inputs[index], offsets[b] * dimensions)
  })
  const all = victim.logits({ embedded, offsets, dimensions })
  const classes = victim.labels.length
  judged.forEach((index, b) => {
    const logits = all.subarray(b * classes, (b + 1) * classes)
    if (!logits.every(Number.isFinite)) {
      throw new UserError(
        `${nameOf(index)}: the model's logits are not finite; use a smaller epsilon or look at the model's weights`,
      )
    }
    judgements[index] = { predicted: predictedLabel(logits), logits }
  })
  return judgements
}
