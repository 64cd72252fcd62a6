import * as tf from '@tensorflow/tfjs-core'
import { UserError } from '../base/errors.js'
import { parametersForTape } from '../gradient/tape-gradient.js'
import type { EmbeddedBatch, Victim } from '../gradient/victim.js'

/**
 * Logits [B, K] of a victim that computes with tensors, without a tape: row by row, so that a row's bytes never depend
 * on its batch. Needs a TensorFlow.js backend in use.
 */
export function logitsByRow(victim: Victim, { embedded, offsets, dimensions }: EmbeddedBatch): Float32Array {
  const K = victim.labels.length
  const rows = offsets.length - 1
  const logits = new Float32Array(rows * K)
  tf.tidy(() => {
    const parameters = parametersForTape(victim)
    for (let b = 0; b < rows; b++) {
      const positions = offsets[b + 1] - offsets[b]
      const values = embedded.subarray(offsets[b] * dimensions, offsets[b + 1] * dimensions)
      const row = tf.tidy(() => {
        const input = tf.tensor3d(values, [1, positions, dimensions])
        return victim.tensorLogits(input, tf.ones([1, positions]), parameters)
      })
      logits.set(row.dataSync(), b * K)
      row.dispose()
    }
  })
  return logits
}

/** @throws UserError when a shape is not [B, K] */
export function requireLogits(what: string, shape: readonly number[], rows: number, labels: number): void {
  if (shape.length === 2 && shape[0] === rows && shape[1] === labels) return
  throw new UserError(`${what} gives [${shape.join(', ')}] for ${rows} examples and ${labels} labels; [B, K] is needed`)
}
