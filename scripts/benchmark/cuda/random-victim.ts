import type { CounterStream } from '../../../src/base/random.js'
import type { LinearParts, TextIds } from '../../../src/kernels/cuda/linear-cuda.js'

/** A victim of V words, D dimensions and K labels, all numbers normal. */
export function randomVictim(
  draws: CounterStream,
  V: number,
  D: number,
  K: number,
  pooling: 'mean' | 'sum',
): LinearParts {
  const normals = (length: number) => Float32Array.from({ length }, () => draws.normal())
  return { embeddings: normals(V * D), output: normals(K * D), bias: normals(K), dimensions: D, pooling }
}

/** B texts of 1 to `longest` words, or of just so many. */
export function randomTexts(
  draws: CounterStream,
  V: number,
  K: number,
  B: number,
  longest: number,
  isLongest = false,
): TextIds {
  const offsets = new Uint32Array(B + 1)
  for (let b = 0; b < B; b++) offsets[b + 1] = offsets[b] + (isLongest ? longest : 1 + draws.below(longest))
  return {
    ids: Uint32Array.from({ length: offsets[B] }, () => draws.below(V)),
    offsets,
    labels: Uint32Array.from({ length: B }, () => draws.below(K)),
  }
}
