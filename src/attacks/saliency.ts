import { z } from 'zod'
import type { Edit } from '../gradient/edit.js'
import { wordId } from '../text/vocabulary.js'
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
 * The text without each of these words: what a word weighs. Undefined where the budget is spent, and for a text of one
 * word, of which nothing would be left.
 */
export function withoutEach(probe: TextProbe, positions: readonly number[]): (ProbedText | undefined)[] {
  if (probe.example.encoded.ids.length < 2) return positions.map(() => undefined)
  return probe.read(
    positions.map((position) => [{ move: 'delete', position }]),
    false,
  )
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
  const answers = probe.read(texts).filter((answer) => answer !== undefined)
  if (answers.length === 0) return undefined
  return answers.reduce((best, answer) => (answer.score > best.score ? answer : best))
}
