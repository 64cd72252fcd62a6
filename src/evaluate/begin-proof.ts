import { UserError } from '../base/errors.js'
import { ReadOnlyProof } from '../gradient/proof.js'
import type { Victim } from '../gradient/victim.js'

/**
 * Begins the proof that a run only reads its victim.
 * @throws UserError when the victim has changed since its engine copied it: the engine would compute with other
 *   parameters than those that the run names, and than exact minima are of
 */
export function beginProof(victim: Victim): ReadOnlyProof {
  const proof = new ReadOnlyProof(victim)
  const { engine } = victim
  if (engine && engine.parametersHash !== proof.before) {
    throw new UserError(`the victim has changed since engine ${engine.name} copied it; open it there anew`)
  }
  return proof
}
