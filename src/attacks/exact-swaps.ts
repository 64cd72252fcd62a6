import { z } from 'zod'
import { UserError } from '../base/errors.js'
import type { SwapSpace } from '../constraints/swap-space.js'
import { ListSearches } from '../embeddings/list-searches.js'
import { ExactSwaps } from '../exact/minimal-swaps.js'
import { substitutions } from '../gradient/edit.js'
import { embed } from '../gradient/embed.js'
import type { ReadOnlyVictim } from '../gradient/read-only-victim.js'
import type { Swap } from '../gradient/swap.js'
import type { Attack, AttackDefinition, AttackExample } from './attack.js'
import { wordAttack } from './words/word-attack.js'
import { wordOptions } from './words/word-options.js'

const options = z.strictObject({
  ...wordOptions,
  maxWords: wordOptions.maxWords.default(100).describe('how many words may be swapped at most'),
})
type Options = z.output<typeof options>

/**
 * The fewest swaps that flip a text, for victims whose logits are affine in the mean or sum of the embedded words: no other
 * attack within the same candidates needs fewer. It reads the victim's weights, which no other attack does, and spends one
 * forward pass. Where the text with them does not read back, or constraints forbid a set that they allow word by word, what
 * it gives is the best it found and no minimum; the column `exact_minimum` is empty there.
 */
export const exactSwaps = {
  name: 'exact-swaps',
  kind: 'words',
  summary: 'the fewest swaps there are, by exact search; for linear victims alone',
  reference:
    'margins are affine and separate over positions: the k largest gains are the best k swaps (docs/attacks.md)',
  options,
  create,
} as const satisfies AttackDefinition<typeof options>

function create(chosen: Options): Attack {
  /** Of a run: it keeps work from batch to batch. */
  const kept = new WeakMap<ListSearches, ExactSwaps>()
  return wordAttack({
    name: 'exact-swaps',
    options: chosen,
    run({ victim, space, context }, examples) {
      const { linear } = victim
      if (linear === undefined) {
        throw new UserError('attack exact-swaps: the victim is not linear; search with hotflip')
      }
      if (victim.labelCount > 2 && examples.some(({ target }) => target !== undefined)) {
        throw new UserError('attack exact-swaps: among more than two labels it only leaves one; search with hotflip')
      }
      const searches = context.searches ?? new ListSearches(victim.embeddings)
      let search = kept.get(searches)
      if (!search) kept.set(searches, (search = new ExactSwaps(linear, victim.embeddings, searches)))
      const own = search
      return examples.map((example, member) => {
        const found = fewest(victim, own, space, example, member, chosen.maxWords)
        return { kind: 'words', edits: substitutions(found.swaps), rejected: found.rejected }
      })
    },
  })
}

/** Sets that the constraints may reject before it gives up. */
const MOST_REJECTED = 256

function fewest(
  victim: ReadOnlyVictim,
  search: ExactSwaps,
  space: SwapSpace,
  example: AttackExample,
  member: number,
  maxWords: number,
): { readonly swaps: readonly Swap[]; readonly rejected: number } {
  const { encoded, label } = example
  const logits = victim.logits(embed(victim.embeddings, [encoded.ids]), [member])
  const candidates = space.candidates(encoded)
  for (let rejected = 0; rejected <= MOST_REJECTED; rejected++) {
    const found = search.minimal({ ids: encoded.ids, candidates, logits, label }, maxWords)
    if (found === undefined) return { swaps: [], rejected }
    if (space.allows(encoded, found.swaps)) return { swaps: found.swaps, rejected }
    // A swap that is not allowed alone is allowed in no set; where all are, one of them has to go.
    const alone = found.swaps.filter((swap) => !space.allows(encoded, [swap]))
    for (const { position, word } of alone.length > 0 ? alone : found.swaps.slice(-1)) {
      candidates[position] = candidates[position].filter((other) => other !== word)
    }
  }
  return { swaps: [], rejected: MOST_REJECTED }
}
