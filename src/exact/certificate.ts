import type { ExactSwaps, MinimalSwaps, SwapProblem } from './minimal-swaps.js'

/** What is proven of all sets of swaps within the candidates of a text. */
export interface Certificate {
  /** No set of so many swaps or fewer leaves the label. */
  readonly swaps: number
  /** A set of one swap more that leaves it; undefined where the search went no further, or nothing leaves it. */
  readonly flip?: MinimalSwaps
}

/**
 * Proves how many words may be swapped within their candidates without making a linear victim leave its label. It is a
 * proof, not a failed attack: every set of swaps is covered, by the exact search for the fewest that flip.
 * @param search of the victim, for one run
 * @param atMost how many swaps are asked about; as many as there are words unless given
 */
export function certificate(search: ExactSwaps, problem: SwapProblem, atMost = problem.ids.length): Certificate {
  const flip = search.minimal(problem, atMost)
  return flip === undefined ? { swaps: Math.min(atMost, problem.ids.length) } : { swaps: flip.swaps.length - 1, flip }
}
