/** The `count`-th largest size among the values, 1 the largest; Hoare's selection, in expected linear time. */
export function kthLargestSize(values: ArrayLike<number>, count: number): number {
  const sizes = new Float64Array(values.length)
  for (let i = 0; i < sizes.length; i++) sizes[i] = Math.abs(values[i])
  const wanted = count - 1
  let low = 0
  let high = sizes.length - 1
  while (low < high) {
    const pivot = sizes[(low + high) >>> 1]
    let i = low
    let j = high
    while (i <= j) {
      while (sizes[i] > pivot) i++
      while (sizes[j] < pivot) j--
      if (i > j) break
      const kept = sizes[i]
      sizes[i++] = sizes[j]
      sizes[j--] = kept
    }
    if (wanted <= j) high = j
    else if (wanted >= i) low = i
    else break
  }
  return sizes[wanted]
}
