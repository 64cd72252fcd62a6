import { lossGradient } from '../loss-gradient.js'
import { pullback } from '../pullback.js'
import type { EmbeddedBatch, Victim } from '../victim.js'
import type { Scalar } from './names.js'

export interface ScalarGradient {
  /** F of each example, [B]. */
  readonly value: Float32Array
  /** dF_b / d embedded, [T, D], laid out as the batch. */
  readonly gradient: Float32Array
}

/** Reads F of embedded words, and its gradient. */
export type ReadScalar = (batch: EmbeddedBatch) => ScalarGradient

/** @param labels [B], in [0, K) */
export function scalarOf(victim: Victim, labels: Int32Array, scalar: Scalar): ReadScalar {
  if (scalar !== 'logit') {
    return (batch) => {
      const { loss, gradient } = lossGradient(victim, batch, labels, scalar)
      return { value: loss, gradient }
    }
  }
  const K = victim.labels.length
  return (batch) => {
    const { logits, gradient } = pullback(victim, batch, (logits) => {
      const weights = new Float32Array(logits.length)
      labels.forEach((label, b) => {
        weights[b * K + label] = 1
      })
      return weights
    })
    return { value: Float32Array.from(labels, (label, b) => logits[b * K + label]), gradient }
  }
}
