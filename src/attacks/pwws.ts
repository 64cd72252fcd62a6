import { z } from 'zod'
import type { Edit } from '../gradient/edit.js'
import type { AttackDefinition } from './attack.js'
import { probeAttack } from './words/probe-attack.js'
import { bestSwapAt, saliencies, triedOption } from './words/saliency.js'
import type { TextProbe } from './words/text-probe.js'
import { wordOptions } from './words/word-options.js'

const options = z.strictObject({ ...wordOptions, tried: triedOption })
type Options = z.output<typeof options>

/**
 * Probability weighted word saliency. For each position the best candidate w* by what it takes from the probability,
 * ΔP = P(y|x) - P(y|x*) (equation 4); the saliency S = P(y|x) - P(y|x without the word) (equation 6: these victims leave
 * unknown words out); positions are taken by softmax(S) ΔP (equation 8), highest first, until the text flips.
 */
export const pwws = {
  name: 'pwws',
  kind: 'words',
  summary: 'greedy by probability weighted word saliency: asks for logits alone',
  reference:
    'Ren, Deng, He, Che: Generating Natural Language Adversarial Examples through Probability Weighted Word Saliency, ACL 2019, eq. 4, 6, 8',
  options,
  create: (chosen: Options) => probeAttack('pwws', chosen, search),
} as const satisfies AttackDefinition<typeof options>

function search(probe: TextProbe, { maxWords, tried }: Options): void {
  const before = probe.readOne([])
  const positions = probe.changeable
  if (before === undefined || positions.length === 0) return
  const saliency = saliencies(probe, positions, before.score)
  const highest = saliency.reduce((a, b) => Math.max(a, b))
  const ranked: { readonly edit: Edit; readonly weight: number }[] = []
  for (const [i, position] of positions.entries()) {
    // A flip met on the way is one: there is no need to order the rest.
    if (probe.isDone) return
    const best = bestSwapAt(probe, position, [], tried)
    if (best === undefined) continue
    const gain = best.score - before.score
    // The softmax's denominator is common to all.
    const edit = best.edits.find((each) => each.position === position)
    if (gain > 0 && edit !== undefined) ranked.push({ edit, weight: Math.exp(saliency[i] - highest) * gain })
  }
  ranked.sort((a, b) => b.weight - a.weight || a.edit.position - b.edit.position)
  let edits: readonly Edit[] = []
  for (const { edit } of ranked) {
    if (edits.length === maxWords || probe.isSpent) return
    const more = [...edits, edit]
    if (!probe.allows(more)) continue
    const text = probe.readOne(more)
    if (text === undefined || text.reached) return
    edits = more
  }
}
