import type { SwapConstraint } from './swap-constraint.js'

/** Changes at most a share of a text's known words, rounded down. */
export function shareOfWords(share: number): SwapConstraint {
  return { name: 'share-of-words', mostSwaps: ({ ids }) => Math.floor(share * ids.length + 1e-9) }
}
