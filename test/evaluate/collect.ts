import type { AttackResult } from '#src/evaluate/result.js'

/** All items of a stream. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = []
  for await (const item of items) collected.push(item)
  return collected
}

/** What a generator gives and what it returns. */
export async function drain<T, R>(generator: AsyncGenerator<T, R>): Promise<{ items: T[]; returned: R }> {
  const items: T[] = []
  for (;;) {
    const next = await generator.next()
    if (next.done) return { items, returned: next.value }
    items.push(next.value)
  }
}

/** Rows without what no two runs share. */
export const withoutSeconds = (results: readonly AttackResult[]) => results.map((result) => ({ ...result, seconds: 0 }))

/** Without the fields that are undefined: a file does not hold them. */
export const defined = (result: AttackResult) =>
  Object.fromEntries(Object.entries(result).filter(([, value]) => value !== undefined))
