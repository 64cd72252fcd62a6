import { totalmem } from 'node:os'
import { UserError } from '../base/errors.js'

const GIB = 2 ** 30

/**
 * Refuses a model that this machine cannot hold: two matrices [V, D] of float32 and the optimiser's slots, and a copy of
 * the matrices while they are written.
 * @param slots matrices of the optimiser
 * @throws UserError saying how much is needed
 */
export function requireMemory(words: number, dimensions: number, slots = 0, available = memoryOfMachine()): void {
  const needed = (4 + slots) * words * dimensions * Float32Array.BYTES_PER_ELEMENT
  if (needed <= available) return
  throw new UserError(
    `${words} words of ${dimensions} dimensions need ${(needed / GIB).toFixed(1)} GiB of memory, ` +
      `this machine has ${(available / GIB).toFixed(1)}; raise --min-count, set --max-vocabulary or lower --dimensions`,
  )
}

/** Bytes of memory this process may have: the machine's, or less where its container sets a limit. */
function memoryOfMachine(): number {
  const limit = process.constrainedMemory()
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}
