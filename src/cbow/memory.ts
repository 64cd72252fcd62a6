import { UserError } from '../base/errors.js'
import { memoryLack, memoryOfMachine } from '../base/memory.js'

/**
 * Refuses a model that this machine cannot hold: two matrices [V, D] of float32 and the optimiser's slots, and the
 * finished model's copy of the matrices.
 * @param slots matrices of the optimiser
 * @throws UserError saying how much is needed
 */
export function requireMemory(words: number, dimensions: number, slots = 0, available = memoryOfMachine()): void {
  const needed = (4 + slots) * words * dimensions * Float32Array.BYTES_PER_ELEMENT
  if (needed <= available) return
  throw new UserError(
    `${words} words of ${dimensions} dimensions ${memoryLack(needed, available)}; ` +
      'raise --min-count, set --max-vocabulary or lower --dimensions',
  )
}
