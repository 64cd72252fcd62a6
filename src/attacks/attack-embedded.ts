import { UserError } from '../base/errors.js'
import { ReadOnlyVictim } from '../gradient/read-only-victim.js'
import { ensureTensorBackend } from '../gradient/tensorflow.js'
import type { Victim } from '../gradient/victim.js'
import type { Attack } from './attack.js'

export interface AttackEmbeddedOptions {
  /** Of random starts; 1 if not given. */
  readonly seed?: number
  /** The labels to reach, [B], each in [0, K) and not the one to leave; untargeted without them. */
  readonly targets?: readonly number[]
}

/**
 * A continuous attack on plain embedded inputs, without texts and without judging: what comes back is what the attack
 * made, [C, D] each.
 * @param inputs B arrays [C, D], each of its own C
 * @param labels the labels to leave, [B], in [0, K)
 * @throws UserError for an attack on words, or inputs, labels or targets that do not fit the victim
 */
export async function attackEmbedded(
  victim: Victim,
  attack: Attack,
  inputs: readonly Float32Array[],
  labels: readonly number[],
  { seed = 1, targets }: AttackEmbeddedOptions = {},
): Promise<Float32Array[]> {
  const { dimensions } = victim.embeddings
  if (attack.kind !== 'continuous') throw new UserError(`attack ${attack.name}: swaps words; give it texts`)
  if (labels.length !== inputs.length) throw new UserError(`${labels.length} labels for ${inputs.length} inputs`)
  if (targets !== undefined && targets.length !== inputs.length) {
    throw new UserError(`${targets.length} targets for ${inputs.length} inputs`)
  }
  const K = victim.labels.length
  const requireLabel = (what: string, label: number) => {
    if (Number.isInteger(label) && label >= 0 && label < K) return
    throw new UserError(`${what}: ${label}; a whole number from 0 to ${K - 1} is needed`)
  }
  const examples = inputs.map((embedded, row) => {
    requireLabel(`labels[${row}]`, labels[row])
    if (targets !== undefined) {
      requireLabel(`targets[${row}]`, targets[row])
      if (targets[row] === labels[row]) throw new UserError(`targets[${row}]: ${targets[row]} is the label to leave`)
    }
    if (embedded.length === 0 || embedded.length % dimensions !== 0) {
      throw new UserError(`inputs[${row}]: ${embedded.length} values, a multiple of ${dimensions} is needed`)
    }
    const encoded = { text: '', ids: new Int32Array(), spans: [], unknown: 0 }
    return { row, encoded, embedded, label: labels[row], target: targets?.[row] }
  })
  await ensureTensorBackend()
  const outcomes = attack.run(new ReadOnlyVictim(victim, inputs.length), examples, { seed })
  return outcomes.map((outcome) => {
    if (outcome.kind === 'continuous') return outcome.embedded
    throw new Error(`attack ${attack.name} gave words for embedded inputs`)
  })
}
