export type ResultType = 'Successful' | 'Failed' | 'Skipped'

/** One row of a result file: TextAttack's columns and meaning first, then ours. Undefined: does not apply. */
export interface AttackResult {
  /** The row's number in the input, from 1. */
  readonly row: number
  /** The text, changed words marked `[[word]]`. */
  readonly originalText: string
  readonly perturbedText: string
  /** 1 minus the probability of the label under attack; higher is nearer to a flip. */
  readonly originalScore?: number
  readonly perturbedScore?: number
  readonly originalOutput?: string
  readonly perturbedOutput?: string
  readonly groundTruthOutput?: string
  /** Forward passes and gradient reads. */
  readonly numQueries: number
  readonly resultType: ResultType
  readonly wordsChanged?: number
  /** Share of the known words that changed, in percent. */
  readonly perturbedPercent?: number
  /** Norms of the change of the embedded input, all positions jointly. */
  readonly l1?: number
  readonly l2?: number
  readonly linf?: number
  readonly epsilon?: number
  readonly numForwards: number
  readonly numGradients: number
  /** Texts that the attack met again and did not ask about: no queries. Undefined where it remembers none. */
  readonly numCacheHits?: number
  /** The least that flips this row, in the attack's own measure: its norm, or a number of swaps. */
  readonly exactMinimum?: number
  /** Proven: no set of so many swaps within the candidates flips the row. */
  readonly certifiedSwaps?: number
  /** found / exactMinimum - 1, where Successful. */
  readonly gap?: number
  /** Why the row is Skipped, or why nothing could be done with one that Failed. */
  readonly reason?: string
  /** Wall-clock seconds spent on the row (its batch's, shared evenly). */
  readonly seconds: number
}
