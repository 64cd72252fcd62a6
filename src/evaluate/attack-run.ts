import type { Attack } from '../attacks/attack.js'
import { normOf } from '../base/norm.js'
import type { TensorData } from '../base/safetensors.js'
import type { Victim } from '../gradient/victim.js'
import type { Goal } from './goal.js'
import type { AttackResult } from './result.js'
import { type AttackBatchOptions, attackBatch, type RowAfter } from './rows/attack-batch.js'
import { judgeBefore, type NumberedRow, type RowBefore } from './rows/before-attack.js'
import { type ExactMinima, exactMinima } from './rows/exact-minima.js'
import { unperturbed } from './rows/perturbed-input.js'
import { resultOf, type Yardstick } from './rows/row-result.js'
import { Snap } from './rows/snap.js'
import { type AttackWithin, type RowAtEpsilon, withinEach } from './statistics/curve.js'

/** What came of a row. Plain values: threads send it to each other. */
export interface AttackedRow {
  readonly result: AttackResult
  /** The change of the embedded input that the result speaks of, [C, D], where a continuous attack made one. */
  readonly perturbation?: TensorData
  /** Candidates dropped since the text would not have read back as the attacked words. */
  readonly rejected: number
  /** Whether it flipped before its perturbation was brought back to words. */
  readonly flippedUnsnapped: boolean
  /** How it stands within each epsilon, rising; empty where the attack has none. */
  readonly within: readonly RowAtEpsilon[]
}

export interface AttackRunOptions extends Omit<AttackBatchOptions, 'target' | 'snap'> {
  /** Brings what a continuous attack gives back to words. */
  readonly snap: boolean
}

/** Attacks batches of rows within the largest epsilon for the results, and within all of them for the curve. */
export class AttackRun {
  readonly #within: readonly AttackWithin[]
  readonly #minima: ExactMinima
  readonly #options: AttackBatchOptions

  constructor(
    readonly victim: Victim,
    attack: Attack,
    readonly goal: Goal,
    epsilons: readonly number[],
    { snap, ...options }: AttackRunOptions,
  ) {
    this.#within = withinEach(attack, epsilons)
    this.#options = { ...options, target: goal.target, snap: snap ? new Snap(victim.embeddings) : undefined }
    this.#minima = exactMinima(victim, this.#largest.attack, goal, options.searches)
  }

  /** One result for each row, in order; its share of the time is that of the rows' own attack, without the curve's. */
  attackRows(rows: readonly NumberedRow[]): AttackedRow[] {
    const started = performance.now()
    const { attack, epsilon } = this.#largest
    const before = judgeBefore(this.victim, rows, this.goal, this.#options.source)
    const after = attackBatch(this.victim, attack, before, this.#options)
    const seconds = (performance.now() - started) / 1000 / rows.length
    const yardsticks = before.map((row) => (row.kind === 'attackable' ? this.#minima(row) : undefined))
    const smaller = this.#within.slice(0, -1).map((each) => this.#attackWithin(each, before, after))
    const curve = epsilon === undefined ? [] : [...smaller, after]
    const D = this.victim.embeddings.dimensions
    return before.map((row, i) => {
      const { perturbation: values, rejected, flippedUnsnapped = false } = after[i]
      return {
        result: resultOf(this.victim, row, after[i], { epsilon, yardstick: yardsticks[i], seconds }),
        perturbation: values && { values, shape: [values.length / D, D] },
        rejected,
        flippedUnsnapped,
        within: curve.map((afterAll) => this.#standing(row, afterAll[i], yardsticks[i])),
      }
    })
  }

  /**
   * The rows within a smaller epsilon. An attack that looks for the smallest perturbation has found it already: those that
   * are too large count for none.
   */
  #attackWithin(
    { attack, epsilon }: AttackWithin,
    before: readonly RowBefore[],
    after: readonly RowAfter[],
  ): RowAfter[] {
    const { minimises } = attack
    if (minimises === undefined || epsilon === undefined || this.#options.snap !== undefined) {
      return attackBatch(this.victim, attack, before, this.#options)
    }
    return after.map((row, i) => {
      const isWithin = row.perturbation === undefined || normOf(minimises, row.perturbation) <= epsilon
      return isWithin ? row : { ...row, ...unperturbed(before[i]), judgement: before[i].judgement, flipped: false }
    })
  }

  get #largest(): AttackWithin {
    return this.#within[this.#within.length - 1]
  }

  #standing({ kind, label }: RowBefore, { judgement, flipped }: RowAfter, yardstick?: Yardstick): RowAtEpsilon {
    const predicted = judgement && this.victim.labels[judgement.predicted]
    const right = label === undefined ? undefined : predicted === label
    return { attacked: kind === 'attackable', flipped, right, exactMinimum: yardstick?.minimum }
  }
}
