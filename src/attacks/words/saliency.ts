import { z } from 'zod'
import type { Edit } from '../../gradient/edit.js'
import { wordId } from '../../text/vocabulary.js'
import { putInto } from './swap-set.js'
import type { ProbedText, TextProbe } from './text-probe.js'

/** How many candidates greedy attacks ask for at a position. */
export const triedOption = z
  .int()
  .positive()
  .default(50)
  .describe(
    'candidates it tries for a word: of longer lists the first (the nearest; of the vocabulary the most frequent)',
  )

/**
 * What each of these words weighs: how much nearer to the goal the text of score `before` is without it. Zero where the
 * budget is spent, and in a text of one word, of which nothing would be left.
 */
export function saliencies(probe: TextProbe, positions: readonly number[], before: number): number[] {
  if (probe.example.encoded.ids.length < 2) return positions.map(() => 0)
  const without = positions.map((position): Edit[] => [{ move: 'delete', position }])
  return probe.read(without, false).map((text) => (text === undefined ? 0 : text.score - before))
}

/** The best of the words that may be put at a position of an edited text, in the victim's eyes; undefined without any. */
export function bestSwapAt(
  probe: TextProbe,
  position: number,
  made: readonly Edit[],
  tried: number,
): ProbedText | undefined {
  const { ids } = probe.example.encoded
  const texts = Array.from(probe.candidates[position].subarray(0, tried))
    .filter((word) => word !== ids[position])
    .map((word) => putInto(made, { position, word: wordId(word) }, ids))
    .filter((edits) => probe.allows(edits))
  return probe.readBest(texts)
}
