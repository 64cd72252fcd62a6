/** What some work took. */
export interface Took {
  readonly seconds: number
  /** Of all threads of this process. */
  readonly cpuSeconds: number
}

/** Does some work, and says what it took. */
export async function took<T>(work: () => T): Promise<Took & { readonly result: Awaited<T> }> {
  const [startedAt, cpuBefore] = [performance.now(), process.cpuUsage()]
  const result = await work()
  const { user, system } = process.cpuUsage(cpuBefore)
  return { seconds: (performance.now() - startedAt) / 1000, cpuSeconds: (user + system) / 1e6, result }
}
