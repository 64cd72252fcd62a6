import { totalmem } from 'node:os'

const GIB = 2 ** 30

/** Bytes of memory this process may have: the machine's, or less where its container sets a limit. */
export function memoryOfMachine(): number {
  const limit = process.constrainedMemory()
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}

/** For errors: `need 13.4 GiB of memory, this machine has 1.0`. */
export function memoryLack(needed: number, available: number): string {
  return `need ${(needed / GIB).toFixed(1)} GiB of memory, this machine has ${(available / GIB).toFixed(1)}`
}
