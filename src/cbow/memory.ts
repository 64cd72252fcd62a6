import { UserError } from '../base/errors.js'
import { memoryLack, memoryOfMachine } from '../base/memory.js'

/**
 * Refuses a model that this machine cannot hold.
 * @param matrices how many [V, D] of float32 there will be: input and output, the optimiser's slots, and copies
 * @throws UserError saying how much is needed
 */
export function requireMemory(
  words: number,
  dimensions: number,
  matrices: number,
  available = memoryOfMachine(),
): void {
  const needed = matrices * words * dimensions * Float32Array.BYTES_PER_ELEMENT
  if (needed <= available) return
  throw new UserError(
    `${words} words of ${dimensions} dimensions ${memoryLack(needed, available)}; ` +
      'raise --min-count, set --max-vocabulary or lower --dimensions',
  )
}
