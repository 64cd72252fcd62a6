import type { EvaluationReport } from '../evaluate/evaluate.js'
import type { AttackResult } from '../evaluate/result.js'
import type { Share } from '../evaluate/statistics/statistics.js'
import type { AttackSummary } from '../evaluate/summary.js'
import type { Span } from '../text/tokenizer.js'

/** All that a report shows. Every text in it may come from strangers: the page escapes it. */
export interface ReportInput {
  readonly title: string
  /** One for each result file; their labels are distinct. */
  readonly attacks: readonly ReportedAttack[]
  readonly examples: readonly ReportExample[]
  readonly transfer?: TransferTable
  /** Command lines that make it all again, in order. */
  readonly commands?: readonly string[]
}

export interface ReportedAttack {
  /** What the page calls it. */
  readonly label: string
  readonly summary: AttackSummary
  /** The summary as its run wrote it, where `summary` holds what judging anew has found: a curve goes with its own counts. */
  readonly written?: AttackSummary
  /** What the best attack possible leaves, by rising epsilon; where it is known for every attacked row. */
  readonly bound?: readonly BoundPoint[]
  /** What judging the rows anew has shown; the summary's statistics are its own then. */
  readonly judged?: Pick<EvaluationReport, 'unjudged' | 'differing' | 'firstDifference'>
}

/** The share of rows that no perturbation up to `epsilon` can flip, in the measure of the plot (see `curveMeasure`). */
export interface BoundPoint {
  readonly epsilon: number
  readonly share: number
}

export interface ReportExample {
  /** The label of its attack. */
  readonly attack: string
  readonly result: AttackResult
  /** What the loss gradient says of each known word of the text as it was, in order; absent where it was not read. */
  readonly gradient?: readonly WordGradient[]
}

/** A word and the gradient g of the loss, at the label under attack, with respect to its vector v. */
export interface WordGradient extends Span {
  /**
   * g · v: to first order, what the word adds to the loss against a word of vector zero. Below 0 it holds the label, above 0
   * it speaks against it.
   */
  readonly weight: number
  /** |g|, Euclidean. */
  readonly norm: number
}

/** Rows that flipped one victim, put before others. */
export interface TransferTable {
  /** The other victims' names, a column each. */
  readonly victims: readonly string[]
  readonly rows: readonly {
    /** The attack that made the rows, or their file. */
    readonly attack: string
    /** How many of them flip each victim, of those it had right; in the order of `victims`. */
    readonly flips: readonly Share[]
  }[]
}
