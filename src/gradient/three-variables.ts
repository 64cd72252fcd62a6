import * as tf from '@tensorflow/tfjs-core'
import { CounterStream, Purpose } from '../base/random.js'
import { stopGradient } from './stop-gradient.js'

/** N: rows of the input. More rows make the loss rounder, so that 400 steps are ample. */
const ROWS = 64
/** Components of each variable. */
const COMPONENTS = 5

export interface ThreeVariablesOptions {
  readonly seed?: number
  readonly iterations?: number
  readonly learningRate?: number
}

export const VARIABLES = ['w1', 'w2', 'w3'] as const
export type VariableName = (typeof VARIABLES)[number]

/** How three variables moved. */
export interface ThreeVariablesRun {
  /** Each variable before the first step and after each one: [iterations + 1][5]. */
  readonly traces: Readonly<Record<VariableName, readonly Float32Array[]>>
  /** Largest |w1 - w2 * w3| over the components after the last step, in float64. */
  readonly distance: number
  /** Whether w2 and w3 end with the very bits they began with. */
  readonly othersUnmoved: boolean
}

/** Both runs of the demonstration. */
export interface ThreeVariables {
  /** Loss mean((x w1 - stopGradient(x (w2 * w3)))^2). */
  readonly stopped: ThreeVariablesRun
  /** The same without stopGradient: the gradient reaches w2 and w3. */
  readonly control: ThreeVariablesRun
}

/**
 * Shows what stopGradient does: three variables [5, 1], all of them handed to the optimiser, and a loss that pulls x w1
 * toward x (w2 * w3). With stopGradient around the second only w1 learns; without it all three move. Both runs start
 * from the same numbers and take plain gradient descent by computeGradients and applyGradients, on the TensorFlow.js
 * backend in use.
 */
export function threeVariables(options: ThreeVariablesOptions = {}): ThreeVariables {
  const settings = { seed: 0, iterations: 400, learningRate: 0.1, ...options }
  return { stopped: descend(settings, stopGradient), control: descend(settings, (x) => x) }
}

function descend(
  { seed, iterations, learningRate }: Required<ThreeVariablesOptions>,
  around: (x: tf.Tensor) => tf.Tensor,
): ThreeVariablesRun {
  const draw = (index: number, values: number) =>
    truncatedNormal(new CounterStream(seed, Purpose.Demonstration, index), values)
  const x = tf.tensor2d(draw(0, ROWS * COMPONENTS), [ROWS, COMPONENTS])
  const [w1, w2, w3] = [1, 2, 3].map((index) =>
    tf.tidy(() => tf.variable(tf.tensor2d(draw(index, COMPONENTS), [COMPONENTS, 1]))),
  )
  const optimiser = new GradientDescent(learningRate)
  const traces: Record<VariableName, Float32Array[]> = { w1: [], w2: [], w3: [] }
  const record = () => {
    for (const [name, variable] of [
      ['w1', w1],
      ['w2', w2],
      ['w3', w3],
    ] as const) {
      traces[name].push(Float32Array.from(variable.dataSync()))
    }
  }
  const loss = () => {
    const goal = around(tf.matMul(x, tf.mul(w2, w3)))
    return tf.mean<tf.Scalar>(tf.square(tf.sub(tf.matMul(x, w1), goal)))
  }

  record()
  for (let step = 0; step < iterations; step++) {
    const { value, grads } = optimiser.computeGradients(loss, [w1, w2, w3])
    optimiser.applyGradients(grads)
    tf.dispose([value, grads])
    record()
  }
  tf.dispose([x, w1, w2, w3])
  optimiser.dispose()
  return { traces, distance: distanceToGoal(traces), othersUnmoved: unmoved(traces.w2) && unmoved(traces.w3) }
}

/** tfjs' own leaves its rate, a kept scalar, behind when it is disposed. */
class GradientDescent extends tf.SGDOptimizer {
  override dispose(): void {
    super.dispose()
    this.c.dispose()
  }
}

/** Standard normal, redrawn beyond two standard deviations, as TensorFlow's truncated_normal. */
function truncatedNormal(stream: CounterStream, values: number): Float32Array {
  return Float32Array.from({ length: values }, () => {
    for (;;) {
      const value = stream.normal()
      if (Math.abs(value) <= 2) return value
    }
  })
}

/** A variable after the last step. */
export function lastOf(trace: readonly Float32Array[]): Float32Array {
  return trace[trace.length - 1]
}

/** Largest |w1 - w2 * w3| after the last step. */
function distanceToGoal({ w1, w2, w3 }: Readonly<Record<VariableName, readonly Float32Array[]>>): number {
  const [a, b, c] = [w1, w2, w3].map(lastOf)
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i] * c[i])))
}

function unmoved(trace: readonly Float32Array[]): boolean {
  const bits = (values: Float32Array) => new Uint32Array(values.buffer, values.byteOffset, values.length)
  const last = bits(lastOf(trace))
  return bits(trace[0]).every((word, i) => word === last[i])
}
