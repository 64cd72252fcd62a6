import type { EmbeddedBatch } from './victim.js'

/** @throws RangeError for an example of no words, or values that are not what the offsets say */
export function checkBatch({ embedded, offsets, dimensions }: EmbeddedBatch): void {
  const rows = offsets.length - 1
  if (embedded.length !== offsets[rows] * dimensions) {
    throw new RangeError(`${embedded.length} values for ${offsets[rows]} positions of ${dimensions} dimensions`)
  }
  for (let b = 0; b < rows; b++) {
    if (offsets[b + 1] <= offsets[b]) throw new RangeError(`example ${b} has no words`)
  }
}

/** @throws RangeError for labels that are too few, too many, or outside [0, classes) */
export function checkLabels({ offsets }: EmbeddedBatch, labels: Int32Array, classes: number): void {
  const rows = offsets.length - 1
  if (labels.length !== rows) throw new RangeError(`${labels.length} labels for ${rows} examples`)
  for (let b = 0; b < rows; b++) {
    if (!(labels[b] >= 0 && labels[b] < classes)) {
      throw new RangeError(`example ${b}: label ${labels[b]} is outside the ${classes} classes`)
    }
  }
}
