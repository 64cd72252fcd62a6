import type { LinearForm } from './victim.js'

/** What one pass over the rows of U found for B examples. */
export interface Pass {
  /** [B, D]. */
  readonly pooled: Float64Array
  /** [B, K], summed in float32. */
  readonly logits: Float32Array
  /** [B, K / run]: the highest logit of a rival, a label but the example's own if it has one, in each run of labels. */
  readonly tops: Float32Array
  /** Labels of a run; the last may have fewer. */
  readonly run: number
}

/** Logit `k` of example `b`, summed in float64 in the order of `linearLogits`: rounded to float32 it is the same number. */
export function exactLogit({ output, bias }: LinearForm, k: number, pooled: Float64Array, b: number): number {
  const D = output.length / bias.length
  const pairs = D & ~1
  const u = k * D
  const h = b * D
  let even = 0
  let odd = 0
  for (let d = 0; d < pairs; d += 2) {
    even += output[u + d] * pooled[h + d]
    odd += output[u + d + 1] * pooled[h + d + 1]
  }
  const tail = pairs === D ? 0 : output[u + pairs] * pooled[h + pairs]
  return even + odd + tail + bias[k]
}

/** Of so few labels all logits are in float64. */
export const FEW_LABELS = 16

/**
 * Replaces those logits of example `b` by the exact ones that may be the highest of its rivals, so that who is first by
 * these is also first where success is judged. Summed in float32, z_k is off by at most c s_k, c = (D / 4 + 5) 2^-24,
 * s_k = sum |u_kd h_d|: what comes within 16 c s_t of the highest, t, is summed anew, which is enough for rivals whose s_k
 * is up to 15 times s_t. Of few labels all are replaced.
 * @param label the label that is no rival; -1 where all are
 */
export function settleLogits(linear: LinearForm, { pooled, logits, tops, run }: Pass, b: number, label: number): void {
  const K = linear.bias.length
  const D = linear.output.length / K
  const runs = Math.ceil(K / run)
  const row = b * K
  if (K <= FEW_LABELS) {
    for (let k = 0; k < K; k++) logits[row + k] = exactLogit(linear, k, pooled, b)
    return
  }
  let best = b * runs
  for (let i = best + 1; i < (b + 1) * runs; i++) if (tops[i] > tops[best]) best = i
  const top = tops[best]
  let highest = (best - b * runs) * run
  while (highest < K && (highest === label || logits[row + highest] !== top)) highest++
  if (highest === K) return
  let size = 0
  for (let d = 0; d < D; d++) size += Math.abs(linear.output[highest * D + d] * pooled[b * D + d])
  const least = top - 16 * (D / 4 + 5) * 2 ** -24 * size
  for (let i = 0; i < runs; i++) {
    if (tops[b * runs + i] < least) continue
    for (let k = i * run; k < Math.min((i + 1) * run, K); k++) {
      if (k !== label && logits[row + k] >= least) logits[row + k] = exactLogit(linear, k, pooled, b)
    }
  }
}
