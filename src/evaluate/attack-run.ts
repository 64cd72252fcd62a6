import type { Attack } from '../attacks/attack.js'
import type { TensorData } from '../base/safetensors.js'
import type { Victim } from '../gradient/victim.js'
import { type AttackBatchOptions, attackBatch, type RowAfter } from './attack-batch.js'
import { judgeBefore, type NumberedRow, type RowBefore } from './before-attack.js'
import { CurvePointBuilder, withinEach } from './curve.js'
import { type ExactMinima, exactMinima } from './exact-minima.js'
import type { Goal } from './goal.js'
import type { AttackResult } from './result.js'
import { resultOf, type Yardstick } from './row-result.js'
import type { CurvePoint } from './summary.js'

/** A result with the change of the embedded input that it speaks of, [C, D], where a continuous attack made one. */
export interface AttackedRow {
  readonly result: AttackResult
  readonly perturbation?: TensorData
}

/** Attacks batches of rows within the largest epsilon for the results, and within all of them for the curve. */
export class AttackRun {
  /** The attack of the result rows. */
  readonly attack: Attack
  readonly #epsilon: number | undefined
  readonly #smaller: readonly { readonly attack: Attack; readonly point: CurvePointBuilder }[]
  readonly #largestPoint: CurvePointBuilder | undefined
  readonly #minima: ExactMinima
  #rejected = 0
  #flipsUnsnapped = 0

  constructor(
    readonly victim: Victim,
    attack: Attack,
    readonly goal: Goal,
    epsilons: readonly number[],
    readonly options: Omit<AttackBatchOptions, 'target'>,
  ) {
    const within = withinEach(attack, epsilons)
    const largest = within[within.length - 1]
    this.attack = largest.attack
    this.#epsilon = largest.epsilon
    this.#largestPoint = largest.epsilon === undefined ? undefined : new CurvePointBuilder(largest.epsilon)
    this.#smaller = within.slice(0, -1).map((each) => ({ ...each, point: new CurvePointBuilder(each.epsilon!) }))
    this.#minima = exactMinima(victim, this.attack, goal)
  }

  /** By rising epsilon; empty where the attack has none. */
  curve(): CurvePoint[] {
    const points = this.#smaller.map(({ point }) => point)
    return [...points, this.#largestPoint].flatMap((point) => (point === undefined ? [] : [point.build()]))
  }

  /** Candidates dropped so far since the text would not have read back as the attacked words. */
  get rejected(): number {
    return this.#rejected
  }

  /** Rows flipped so far before their perturbation was brought back to words; null where that was not asked for. */
  get flipsBeforeSnap(): number | null {
    return this.options.snap === undefined ? null : this.#flipsUnsnapped
  }

  /** One result for each row, in order; its share of the time is that of the rows' own attack, without the curve's. */
  attackRows(rows: readonly NumberedRow[]): AttackedRow[] {
    const started = performance.now()
    const before = judgeBefore(this.victim, rows, this.goal, this.options.source)
    const after = this.#attackWithin(this.attack, before)
    const seconds = (performance.now() - started) / 1000 / rows.length
    const yardsticks = before.map((row) => (row.attackable ? this.#minima(row) : undefined))
    if (this.#largestPoint !== undefined) this.#addTo(this.#largestPoint, before, after, yardsticks)
    for (const { attack, point } of this.#smaller) {
      this.#addTo(point, before, this.#attackWithin(attack, before), yardsticks)
    }
    const D = this.victim.embeddings.dimensions
    return before.map((row, i) => {
      const { perturbation: values, rejected, flippedUnsnapped } = after[i]
      this.#rejected += rejected
      if (flippedUnsnapped) this.#flipsUnsnapped++
      return {
        result: resultOf(this.victim, row, after[i], { epsilon: this.#epsilon, yardstick: yardsticks[i], seconds }),
        perturbation: values && { values, shape: [values.length / D, D] },
      }
    })
  }

  #attackWithin(attack: Attack, before: readonly RowBefore[]): RowAfter[] {
    return attackBatch(this.victim, attack, before, { ...this.options, target: this.goal.target })
  }

  #addTo(
    point: CurvePointBuilder,
    before: readonly RowBefore[],
    after: readonly RowAfter[],
    yardsticks: readonly (Yardstick | undefined)[],
  ): void {
    before.forEach(({ attackable, label }, i) => {
      const { judgement, flipped } = after[i]
      const predicted = judgement && this.victim.labels[judgement.predicted]
      const right = label === undefined ? undefined : predicted === label
      point.add({ attacked: attackable, flipped, right, exactMinimum: yardsticks[i]?.minimum })
    })
  }
}
