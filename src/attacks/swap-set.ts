import type { Edit } from '../gradient/edit.js'
import type { Swap } from '../gradient/swap.js'

/**
 * The edits with one position's swap replaced, or taken back where the word is the one that stood there.
 * @param ids the words of the text before any edit, [C]
 */
export function putInto(edits: readonly Edit[], { position, word }: Swap, ids: Int32Array): Edit[] {
  const others = edits.filter((edit) => edit.position !== position)
  return word === ids[position] ? others : [...others, { move: 'substitute', position, word }]
}
