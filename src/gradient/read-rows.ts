import { MOST_EXAMPLES, SoftmaxRows } from '../kernels/softmax-rows.js'
import { pool } from './pooling.js'
import { type Pass, settleLogits } from './settle-logits.js'
import type { EmbeddedBatch, LinearForm } from './victim.js'

/**
 * Writes the logits of the kernel's vectors, in float32.
 * @param labels [B]: those that are no rivals; -1 where there is none
 * @param softmax whether the sums over the rivals are left in the kernel
 */
export function readRows(
  kernel: SoftmaxRows,
  { output, bias }: LinearForm,
  labels: Int32Array,
  logits: Float32Array,
  softmax: boolean,
): Pass {
  const K = bias.length
  const B = labels.length
  const run = kernel.blockRows
  const runs = Math.ceil(K / run)
  const tops = new Float32Array(B * runs)
  kernel.begin(labels)
  for (let i = 0, from = 0; from < K; i++, from += run) {
    kernel.read(output, bias, from, Math.min(run, K - from), softmax)
    for (let b = 0; b < B; b++) {
      tops[b * runs + i] = kernel.tops[b]
      kernel.copyLogits(b, logits, b * K + from)
    }
  }
  return { pooled: kernel.vectors, logits, tops, run }
}

/** Logits [B, K] in float32, those that may be the highest in float64: the prediction is the one of `linearLogits`. */
export function settledLogits(linear: LinearForm, batch: EmbeddedBatch): Float32Array {
  const B = batch.offsets.length - 1
  const K = linear.bias.length
  const logits = new Float32Array(B * K)
  const kernel = softmaxRows(batch.dimensions)
  for (let first = 0; first < B; first += MOST_EXAMPLES) {
    const last = Math.min(B, first + MOST_EXAMPLES)
    pool(batch, linear.pooling, first, last, kernel.vectors)
    const none = new Int32Array(last - first).fill(-1)
    const pass = readRows(kernel, linear, none, logits.subarray(first * K, last * K), false)
    for (let i = 0; i < last - first; i++) settleLogits(linear, pass, i, -1)
  }
  return logits
}

let kept: SoftmaxRows | undefined

/** The kernel for D dimensions: the last one asked for is kept. Nothing in its memory outlives a call. */
export function softmaxRows(dimensions: number): SoftmaxRows {
  if (kept?.dimensions !== dimensions) kept = new SoftmaxRows(dimensions)
  return kept
}
