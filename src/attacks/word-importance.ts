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
 * Greedy by word importance: words are ranked by what the text loses without them (equation 2, here the change of the
 * goal's probability); in that order each gets the candidate that the victim finds best beside the swaps made before, if
 * it helps, until the text flips.
 */
export const wordImportance = {
  name: 'word-importance',
  kind: 'words',
  summary: 'greedy over words by what the text loses without them, as TextFooler ranks them: asks for logits alone',
  reference: 'Jin, Jin, Zhou, Szolovits: Is BERT Really Robust?, AAAI 2020, eq. 2 and algorithm 1',
  options,
  create: (chosen: Options) => probeAttack('word-importance', chosen, search),
} as const satisfies AttackDefinition<typeof options>

function search(probe: TextProbe, { maxWords, tried }: Options): void {
  const before = probe.readOne([])
  if (before === undefined) return
  const positions = probe.changeable
  const importance = saliencies(probe, positions, before.score)
  const order = positions.map((position, i) => ({ position, importance: importance[i] }))
  order.sort((a, b) => b.importance - a.importance || a.position - b.position)
  let edits: readonly Edit[] = []
  let score = before.score
  for (const { position } of order) {
    if (edits.length === maxWords || probe.isDone) return
    const best = bestSwapAt(probe, position, edits, tried)
    if (best === undefined || best.score <= score) continue
    edits = best.edits
    score = best.score
  }
}
