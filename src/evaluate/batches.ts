/** Groups items as they come into batches of `size`, at least 1; the last may be smaller. Takes at most `limit` items. */
export async function* batchesOf<T>(
  items: Iterable<T> | AsyncIterable<T>,
  size: number,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<T[]> {
  let batch: T[] = []
  let taken = 0
  if (limit === 0) return
  for await (const item of items) {
    batch.push(item)
    taken++
    if (batch.length === size || taken === limit) {
      yield batch
      batch = []
    }
    if (taken === limit) return
  }
  if (batch.length > 0) yield batch
}
