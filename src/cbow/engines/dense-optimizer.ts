import * as tf from '@tensorflow/tfjs-core'
import type { OptimizerName } from '../optimizer.js'
import { tensorUpdate } from './tensor-update.js'

/** A variable that learns, with its slots of the same shape. */
export interface LearningVariable {
  readonly variable: tf.Variable
  readonly slots: readonly tf.Variable[]
}

/**
 * TensorFlow.js's own optimisers, but for two things: the learning rate of each step is set, and the slots go out and in
 * to the bit (`setWeights` of its Adam computes the powers of beta anew, by other roundings).
 */
export class DenseOptimizer extends tf.Optimizer {
  static readonly className = 'DenseOptimizer'
  /** Of the next step. */
  learningRate = 0
  readonly #name: OptimizerName
  readonly #learning: ReadonlyMap<string, LearningVariable>
  readonly #nextStep: () => number

  /** @param nextStep the number of a step that begins, from 1 */
  constructor(name: OptimizerName, learning: readonly LearningVariable[], nextStep: () => number) {
    super()
    this.#name = name
    this.#learning = new Map(learning.map((each) => [each.variable.name, each]))
    this.#nextStep = nextStep
  }

  applyGradients(gradients: Parameters<tf.Optimizer['applyGradients']>[0]): void {
    const t = this.#nextStep()
    const named = Array.isArray(gradients)
      ? gradients
      : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }))
    tf.tidy(() => {
      for (const { name, tensor } of named) {
        const { variable, slots } = this.#learning.get(name)!
        const update = tensorUpdate<tf.Tensor>(this.#name, tensor, slots, this.learningRate, t)
        update.slots.forEach((values, i) => {
          slots[i].assign(values)
        })
        variable.assign(tf.sub(variable, update.step))
      }
    })
    this.incrementIterations()
  }

  getConfig(): tf.serialization.ConfigDict {
    return { optimizer: this.#name }
  }
}
