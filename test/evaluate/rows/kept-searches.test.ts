import { expect, it } from 'vitest'
import { keptSearches } from '#src/evaluate/rows/kept-searches.js'
import { ReadOnlyProof } from '#src/gradient/proof.js'
import { smallVictim } from '../small-victim.js'

it('keeps the searches of a victim until one of its parameters moves', () => {
  const victim = smallVictim()
  const searches = keptSearches(victim, new ReadOnlyProof(victim))
  expect(searches.embeddings).toBe(victim.embeddings)
  expect(keptSearches(victim, new ReadOnlyProof(victim))).toBe(searches)
  victim.embeddings.vectors[0] += 1
  const renewed = keptSearches(victim, new ReadOnlyProof(victim))
  expect(renewed).not.toBe(searches)
  victim.bias[0] = -0
  const again = keptSearches(victim, new ReadOnlyProof(victim))
  expect(again).not.toBe(renewed)
  expect(keptSearches(victim, new ReadOnlyProof(victim))).toBe(again)
})
