import type { EmbeddedBatch } from './victim.js'

/** Spreads a ragged batch over [B, C, D], zeros where no word stands, and gives the mask [B, C] of where one does. */
export function pad({ embedded, offsets, dimensions }: EmbeddedBatch) {
  const rows = offsets.length - 1
  let positions = 0
  for (let b = 0; b < rows; b++) positions = Math.max(positions, offsets[b + 1] - offsets[b])
  const padded = new Float32Array(rows * positions * dimensions)
  const mask = new Float32Array(rows * positions)
  for (let b = 0; b < rows; b++) {
    padded.set(embedded.subarray(offsets[b] * dimensions, offsets[b + 1] * dimensions), b * positions * dimensions)
    mask.fill(1, b * positions, b * positions + offsets[b + 1] - offsets[b])
  }
  return { embedded: padded, mask, rows, positions }
}

/** The other way: the values of [B, C, D] where a word stands, [T, D]. */
export function unpad(
  padded: Float32Array | Int32Array | Uint8Array,
  batch: EmbeddedBatch,
  positions: number,
): Float32Array {
  const { embedded, offsets, dimensions } = batch
  const ragged = new Float32Array(embedded.length)
  for (let b = 0; b < offsets.length - 1; b++) {
    const from = b * positions * dimensions
    const length = (offsets[b + 1] - offsets[b]) * dimensions
    ragged.set(padded.subarray(from, from + length), offsets[b] * dimensions)
  }
  return ragged
}
