/** Cosine of the angle between two vectors, in [-1, 1]; 0 where one of them is all zeros. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let dot = 0
  let squareA = 0
  let squareB = 0
  for (let d = 0; d < a.length; d++) {
    dot += a[d] * b[d]
    squareA += a[d] * a[d]
    squareB += b[d] * b[d]
  }
  if (squareA === 0 || squareB === 0) return 0
  return Math.max(-1, Math.min(1, dot / Math.sqrt(squareA) / Math.sqrt(squareB)))
}

/**
 * Spearman's rank correlation of paired values: Pearson's of their ranks, equal values sharing the mean of theirs.
 * Undefined where there is none: fewer than two pairs, or all values of one side equal.
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number | undefined {
  if (x.length !== y.length) throw new RangeError(`${x.length} values against ${y.length}`)
  return pearson(ranks(x), ranks(y))
}

/** The place of each value in order, from 1; equal values get the mean of their places. */
export function ranks(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i).sort((i, j) => values[i] - values[j])
  const ranks = new Float64Array(values.length)
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && values[order[end]] === values[order[start]]) end++
    for (let place = start; place < end; place++) ranks[order[place]] = (start + 1 + end) / 2
  }
  return ranks
}

function pearson(x: Float64Array, y: Float64Array): number | undefined {
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [meanX, meanY] = [mean(x), mean(y)]
  let product = 0
  let squareX = 0
  let squareY = 0
  for (let i = 0; i < x.length; i++) {
    product += (x[i] - meanX) * (y[i] - meanY)
    squareX += (x[i] - meanX) ** 2
    squareY += (y[i] - meanY) ** 2
  }
  if (squareX === 0 || squareY === 0) return undefined
  return product / Math.sqrt(squareX * squareY)
}
