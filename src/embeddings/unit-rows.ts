import type { Embeddings } from './embeddings.js'

/**
 * Rows of length 1 of the wanted words (all by default), [N, D]: their dot products are cosines. A row of zeros stays
 * one, so that its cosine with anything is 0 and never NaN.
 */
export function unitRows({ vectors, dimensions, vocabulary }: Embeddings, ids?: Int32Array): Float32Array {
  const rows = ids?.length ?? vocabulary.size
  const unit = new Float32Array(rows * dimensions)
  for (let row = 0; row < rows; row++) {
    const from = (ids?.[row] ?? row) * dimensions
    unitInto(vectors.subarray(from, from + dimensions), unit, row * dimensions)
  }
  return unit
}

/** Writes `vector` [D] scaled to length 1 into `out` from `offset` on. The length is summed in float64. */
export function unitInto(vector: Float32Array, out: Float32Array, offset: number): void {
  let sum = 0
  for (let d = 0; d < vector.length; d++) sum += vector[d] * vector[d]
  const scale = sum === 0 ? 0 : 1 / Math.sqrt(sum)
  for (let d = 0; d < vector.length; d++) out[offset + d] = vector[d] * scale
}

/**
 * Dot products of rows `start` to `end` - 1 of `rows` [N, D] with `query` [D], into `out` from index 0 on. Four rows at
 * a time, each summed in float64 in the order of the dimensions: a product does not depend on the rows beside it.
 */
export function dotRows(
  rows: Float32Array,
  query: Float32Array | Float64Array,
  start: number,
  end: number,
  out: Float32Array | Float64Array,
): void {
  const D = query.length
  let row = start
  for (; row + 4 <= end; row += 4) {
    const a = row * D
    const b = a + D
    const c = b + D
    const e = c + D
    let sumA = 0
    let sumB = 0
    let sumC = 0
    let sumE = 0
    for (let d = 0; d < D; d++) {
      const q = query[d]
      sumA += q * rows[a + d]
      sumB += q * rows[b + d]
      sumC += q * rows[c + d]
      sumE += q * rows[e + d]
    }
    const place = row - start
    out[place] = sumA
    out[place + 1] = sumB
    out[place + 2] = sumC
    out[place + 3] = sumE
  }
  for (; row < end; row++) {
    let sum = 0
    for (let d = 0; d < D; d++) sum += query[d] * rows[row * D + d]
    out[row - start] = sum
  }
}
