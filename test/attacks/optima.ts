import type { AttackExample } from '#src/attacks/attack.js'
import type { Norm } from '#src/base/norm.js'
import { minimalNorm } from '#src/exact/minimal-norm.js'
import { minimalSwaps } from '#src/exact/minimal-swaps.js'
import { everyWord, logitsOf } from './small-examples.js'
import type { LinearVictim } from './small-victims.js'

/** The least norm of a perturbation that flips an example, of all its positions or of `changeable` of them. */
export function leastNorm(victim: LinearVictim, example: AttackExample, norm: Norm, changeable?: number): number {
  const { encoded, label, target } = example
  const logits = logitsOf(victim, encoded.ids)
  return minimalNorm(victim.linear, logits, encoded.ids.length, label, norm, target, changeable).norm
}

/** How many swaps within the whole vocabulary flip an example at least; Infinity where more than `most` would have to. */
export function fewestSwaps(victim: LinearVictim, { encoded: { ids }, label }: AttackExample, most?: number): number {
  const candidates = Array.from(ids, () => everyWord(victim.embeddings))
  const found = minimalSwaps(
    victim.linear,
    victim.embeddings,
    { ids, candidates, logits: logitsOf(victim, ids), label },
    most,
  )
  return found?.swaps.length ?? Infinity
}
