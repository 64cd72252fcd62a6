import type { Attack, AttackExample } from '#src/attacks/attack.js'
import { type Edit, editWords, swapsAmong } from '#src/gradient/edit.js'
import { isFlip } from '#src/gradient/prediction.js'
import { type Swap, swapWords } from '#src/gradient/swap.js'
import type { Victim } from '#src/gradient/victim.js'
import { predict, readOnly, vectorsOf } from './small-examples.js'

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

/** The swaps among {@link editsBy}. */
export const swapsBy = (...run: Parameters<typeof editsBy>) => editsBy(...run).map((edits) => swapsAmong(edits))

/** What an attack asks of a victim for each example. */
export function countsOf(attack: Attack, victim: Victim, examples: readonly AttackExample[]) {
  const reader = readOnly(victim, examples)
  attack.run(reader, examples, { seed: 1 })
  return { gradients: [...reader.gradients], forwards: [...reader.forwards] }
}

/** Whether an embedded text, [C, D], or words, [C], are what an attack on this example wants. */
export const flips = (victim: Victim, { label, target }: AttackExample, input: Float32Array | Int32Array): boolean =>
  isFlip(predict(victim, input), label, target)

/** Whether the example's text with these edits is what an attack on it wants. */
export const flipsWith = (victim: Victim, example: AttackExample, edits: readonly Edit[]): boolean =>
  flips(victim, example, editWords(example.encoded.ids, edits).ids)

export const flipsBySwaps = (victim: Victim, example: AttackExample, swaps: readonly Swap[]): boolean =>
  flips(victim, example, swapWords(example.encoded.ids, swaps))

/** What a perturbed input adds to the example's own. */
export function changeOf({ embeddings }: Victim, { encoded }: AttackExample, perturbed: Float32Array): Float64Array {
  const original = vectorsOf(embeddings, encoded.ids)
  return Float64Array.from(perturbed, (value, i) => value - original[i])
}
