/**
 * Does work on items as they come, on up to `atOnce` of them at a time, and gives what comes of it in the items' order.
 * Work that fails is told when its turn comes; the work begun after it is left to end by itself.
 */
export async function* inOrder<Item, Done>(
  items: AsyncIterable<Item>,
  atOnce: number,
  work: (item: Item) => Promise<Done>,
): AsyncGenerator<Done, void, undefined> {
  const begun: Promise<Done>[] = []
  for await (const item of items) {
    const promise = work(item)
    promise.catch(() => {})
    begun.push(promise)
    if (begun.length < atOnce) continue
    yield await begun[0]
    begun.shift()
  }
  for (const promise of begun) yield await promise
}
