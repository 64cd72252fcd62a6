import { ListSearches } from '../../embeddings/list-searches.js'
import type { ReadOnlyProof } from '../../gradient/proof.js'
import type { Victim } from '../../gradient/victim.js'

const kept = new WeakMap<Victim, { readonly state: string; readonly searches: ListSearches }>()

/**
 * The searches of long lists of words that a run's attack and its exact minima share, kept from run to run as long as not a
 * bit of the victim moves.
 * @param proof of the victim as it is now
 */
export function keptSearches(victim: Victim, { before: state }: Pick<ReadOnlyProof, 'before'>): ListSearches {
  let known = kept.get(victim)
  if (known?.state !== state) {
    kept.set(victim, (known = { state, searches: new ListSearches(victim.embeddings, victim.engine) }))
  }
  return known.searches
}
