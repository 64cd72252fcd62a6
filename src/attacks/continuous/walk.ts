import { type Norm, normOf } from '../../base/norm.js'
import type { AttackExample } from '../attack.js'
import type { Layout } from './layouts/layout.js'
import type { Loss } from './losses.js'

/** One example under a continuous attack: the perturbation where it stands now, and the best so far. */
export class Point {
  /** δ as the layout has it, [size]; in float64, so that many small steps do not round away. */
  readonly delta: Float64Array
  /** The δ that the attack gives back, [size]; zeros until something is kept. */
  readonly best: Float64Array
  #bestLoss = -Infinity
  #bestNorm = Infinity
  #reached = false

  /**
   * @param member the example's place in the attacked batch
   * @param labels K
   */
  constructor(
    readonly example: AttackExample,
    readonly member: number,
    readonly layout: Layout,
    readonly labels: number,
  ) {
    this.delta = new Float64Array(layout.size)
    this.best = new Float64Array(layout.size)
  }

  /** Whether what is kept reaches the goal. */
  get reached(): boolean {
    return this.#reached
  }

  /** Norm of the smallest perturbation kept by {@link keepSmaller}; Infinity where there is none. */
  get bestNorm(): number {
    return this.#bestNorm
  }

  /** Keeps δ as it is. */
  keep(): void {
    this.best.set(this.delta)
  }

  /** For attacks within a ball: keeps δ where it reaches the goal, or has a higher loss than what is kept. */
  keepHigher({ reached, losses: [loss] }: Reading): void {
    if (!reached && (this.#reached || !(loss > this.#bestLoss))) return
    this.#reached ||= reached
    this.#bestLoss = loss
    this.keep()
  }

  /** For attacks of a minimal norm: keeps a δ that reaches the goal where it is smaller than what is kept. */
  keepSmaller(norm: Norm): void {
    const size = normOf(norm, this.delta)
    if (size >= this.#bestNorm) return
    this.#reached = true
    this.#bestNorm = size
    this.keep()
  }
}

/** What a walk wants to know of x + δ. */
export interface Question {
  readonly losses: readonly Loss[]
  /** Whether their gradients are wanted, each of which counts; without them there is one forward pass. */
  readonly gradients: boolean
}

/** What the victim says of x + δ; valid until the next question. */
export interface Reading {
  /** [K]. */
  readonly logits: Float32Array
  /** Whether they mean success. */
  readonly reached: boolean
  /** One for each loss of the question. */
  readonly losses: readonly number[]
  /** Of each loss with respect to δ as the layout has it, [size]; none where none was wanted. */
  readonly gradients: readonly Float32Array[]
}

/**
 * An attack on one example, written as if it were alone: it asks of x + δ at the δ it has put into its point, is told,
 * and leaves in `best` what it gives back. To end early it returns.
 */
export type Walk<Result = void> = Generator<Question, Result, Reading>
