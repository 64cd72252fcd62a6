import type { TextIds } from '../kernels/cuda/linear-cuda.js'

/** Texts one after the other, as the GPU has them. */
export function packTexts(
  ids: readonly ArrayLike<number>[],
  labels: ArrayLike<number>,
  rivals?: ArrayLike<number>,
): TextIds {
  const offsets = new Uint32Array(ids.length + 1)
  for (let b = 0; b < ids.length; b++) offsets[b + 1] = offsets[b] + ids[b].length
  const packed = new Uint32Array(offsets[ids.length])
  for (let b = 0; b < ids.length; b++) packed.set(ids[b], offsets[b])
  return { ids: packed, offsets, labels: Uint32Array.from(labels), rivals: rivals && Uint32Array.from(rivals) }
}
