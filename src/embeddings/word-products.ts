import type { Embeddings } from './embeddings.js'

/** Words whose products are taken side by side. */
const TOGETHER = 4

/**
 * Products of a vector [D] with the vectors of the words of a list from place `from` to `to` - 1, into `products` from index 0
 * on. Each is summed in float64 in the order of the dimensions; four sums go side by side, so that none waits for its last
 * addition.
 */
export function wordProducts(
  { vectors, dimensions: D }: Embeddings,
  vector: Float64Array,
  list: Int32Array,
  from: number,
  to: number,
  products: Float64Array,
): void {
  let place = from
  for (; place + TOGETHER <= to; place += TOGETHER) {
    const a = list[place] * D
    const b = list[place + 1] * D
    const c = list[place + 2] * D
    const e = list[place + 3] * D
    let sumA = 0
    let sumB = 0
    let sumC = 0
    let sumE = 0
    for (let d = 0; d < D; d++) {
      const value = vector[d]
      sumA += value * vectors[a + d]
      sumB += value * vectors[b + d]
      sumC += value * vectors[c + d]
      sumE += value * vectors[e + d]
    }
    const at = place - from
    products[at] = sumA
    products[at + 1] = sumB
    products[at + 2] = sumC
    products[at + 3] = sumE
  }
  for (; place < to; place++) {
    const a = list[place] * D
    let sum = 0
    for (let d = 0; d < D; d++) sum += vector[d] * vectors[a + d]
    products[place - from] = sum
  }
}
