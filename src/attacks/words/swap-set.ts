import { type Edit, swapsAmong } from '../../gradient/edit.js'
import type { Swap } from '../../gradient/swap.js'

/**
 * The edits with one position's swap replaced, or taken back where the word is the one that stood there.
 * @param ids the words of the text before any edit, [C]
 */
export function putInto(edits: readonly Edit[], { position, word }: Swap, ids: Int32Array): Edit[] {
  const others = edits.filter((edit) => edit.position !== position)
  return word === ids[position] ? others : [...others, { move: 'substitute', position, word }]
}

/** Where the next swap may go: of the changeable positions those swapped already, once there are `maxWords` of them. */
export function openPositions(
  edits: readonly Edit[],
  changeable: readonly number[],
  maxWords: number,
): readonly number[] {
  const swapped = swapsAmong(edits).map(({ position }) => position)
  return swapped.length < maxWords ? changeable : swapped
}
