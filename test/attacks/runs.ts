import type { Attack, AttackExample } from '#src/attacks/attack.js'
import { type Edit, editWords } from '#src/gradient/edit.js'
import { isFlip } from '#src/gradient/prediction.js'
import type { Victim } from '#src/gradient/victim.js'
import { predict, readOnly, vectorsOf } from './small-victims.js'

/** What a continuous attack gives for each example: the perturbed input, [C, D]. */
export function perturb(attack: Attack, victim: Victim, examples: readonly AttackExample[], seed = 1): Float32Array[] {
  return attack.run(readOnly(victim, examples), examples, { seed }).map((outcome) => {
    if (outcome.kind !== 'continuous') throw new Error(`attack ${attack.name} gave words`)
    return outcome.embedded
  })
}

/** What an attack on words gives for each example. */
export function editsBy(attack: Attack, victim: Victim, examples: readonly AttackExample[], seed = 1) {
  return attack.run(readOnly(victim, examples), examples, { seed }).map((outcome) => {
    if (outcome.kind !== 'words') throw new Error(`attack ${attack.name} gave no words`)
    return outcome.edits
  })
}

/** Whether an embedded text, [C, D], or words, [C], are what an attack on this example wants. */
export const flips = (victim: Victim, { label, target }: AttackExample, input: Float32Array | Int32Array): boolean =>
  isFlip(predict(victim, input), label, target)

/** Whether the example's text with these edits is what an attack on it wants. */
export const flipsWith = (victim: Victim, example: AttackExample, edits: readonly Edit[]): boolean =>
  flips(victim, example, editWords(example.encoded.ids, edits).ids)

/** What a perturbed input adds to the example's own. */
export function changeOf({ embeddings }: Victim, { encoded }: AttackExample, perturbed: Float32Array): Float64Array {
  const original = vectorsOf(embeddings, encoded.ids)
  return Float64Array.from(perturbed, (value, i) => value - original[i])
}
