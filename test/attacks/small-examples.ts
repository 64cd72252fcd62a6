import type { AttackExample } from '#src/attacks/attack.js'
import { CounterStream, Purpose } from '#src/base/random.js'
import type { Embeddings } from '#src/embeddings/embeddings.js'
import { predictedLabel } from '#src/gradient/prediction.js'
import { ReadOnlyVictim } from '#src/gradient/read-only-victim.js'
import type { Victim } from '#src/gradient/victim.js'

/** Random texts of 3 to 12 words as examples at the label the victim predicts. */
export function smallExamples(victim: Victim, count: number, seed: number, target?: number): AttackExample[] {
  const stream = new CounterStream(seed, Purpose.Demonstration, 1)
  return Array.from({ length: count }, (_, row) => {
    const length = 3 + stream.below(10)
    const words = Array.from({ length }, () => `w${stream.below(victim.embeddings.vocabulary.size)}`)
    const encoded = victim.encode(words.join(' '))
    return { row: row + 1, encoded, label: predict(victim, encoded.ids), target }
  }).filter(({ label }) => label !== target)
}

export const vectorsOf = ({ vectors, dimensions }: Embeddings, ids: Int32Array): Float32Array =>
  Float32Array.from([...ids].flatMap((id) => [...vectors.subarray(id * dimensions, (id + 1) * dimensions)]))

/** Every word of a vocabulary by its number, [V]. */
export const everyWord = ({ vocabulary }: Embeddings): Int32Array =>
  Int32Array.from({ length: vocabulary.size }, (_, id) => id)

/** @param input an embedded text, [C, D], or the numbers of its words, [C] */
export function logitsOf(victim: Victim, input: Float32Array | Int32Array): Float32Array {
  const embedded = input instanceof Int32Array ? vectorsOf(victim.embeddings, input) : input
  const { dimensions } = victim.embeddings
  return victim.logits({ embedded, offsets: Int32Array.of(0, embedded.length / dimensions), dimensions })
}

export const predict = (victim: Victim, input: Float32Array | Int32Array): number =>
  predictedLabel(logitsOf(victim, input))

export const readOnly = (victim: Victim, examples: readonly unknown[]) => new ReadOnlyVictim(victim, examples.length)
