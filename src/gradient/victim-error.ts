import { UserError } from '../base/errors.js'
import { areFinite } from '../base/finite.js'

/**
 * A victim could not answer for an example: its logits are not finite, or its code threw. Whoever works through many
 * examples may leave this one out and go on.
 */
export class VictimError extends UserError {}

/** @throws VictimError unless all values are finite */
export function requireFinite(values: Float32Array, what = 'logits'): void {
  if (!areFinite(values)) throw new VictimError(`the model's ${what} are not finite`)
}
