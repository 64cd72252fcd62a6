import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { threeVariables } from '#src/gradient/three-variables.js'
import { backends } from './backends.js'

const largestMove = (trace: readonly Float32Array[]) =>
  Math.max(...trace.at(-1)!.map((w, i) => Math.abs(w - trace[0][i])))

describe.each(backends)('three variables on $backend', ({ backend, missing }) => {
  it.skipIf(missing)('leaves w2 and w3 alone to the bit and brings w1 within 1e-6 of w2 * w3', async () => {
    await useTensorBackend(backend)
    const { stopped } = threeVariables({ seed: 7 })
    expect(stopped.othersUnmoved).toBe(true)
    expect(stopped.traces.w2.at(-1)).toEqual(stopped.traces.w2[0])
    expect(stopped.traces.w3.at(-1)).toEqual(stopped.traces.w3[0])
    expect(stopped.distance).toBeLessThan(1e-6)
    expect(largestMove(stopped.traces.w1)).toBeGreaterThan(0.01)
  })

  it.skipIf(missing)('moves w2 by more than 0.01 in the control, which has no stopGradient', async () => {
    await useTensorBackend(backend)
    const { stopped, control } = threeVariables({ seed: 7 })
    expect(control.othersUnmoved).toBe(false)
    expect(largestMove(control.traces.w2)).toBeGreaterThan(0.01)
    expect(control.traces.w2[0]).toEqual(stopped.traces.w2[0])
    expect(control.traces.w1[0]).toEqual(stopped.traces.w1[0])
  })

  it.skipIf(missing)('leaks no tensor', async () => {
    await useTensorBackend(backend)
    const before = tf.memory().numTensors
    threeVariables({ iterations: 3 })
    expect(tf.memory().numTensors).toBe(before)
  })
})

describe('the traces', () => {
  it('hold the start and every step, within two standard deviations at the start', async () => {
    await useTensorBackend('cpu')
    const { traces } = threeVariables({ seed: 1, iterations: 4 }).stopped
    for (const trace of [traces.w1, traces.w2, traces.w3]) {
      expect(trace).toHaveLength(5)
      for (const values of trace) expect(values).toHaveLength(5)
      for (const value of trace[0]) expect(Math.abs(value)).toBeLessThanOrEqual(2)
    }
  })

  it('are the same for the same seed, others for another', async () => {
    await useTensorBackend('cpu')
    expect(threeVariables({ seed: 3, iterations: 2 })).toEqual(threeVariables({ seed: 3, iterations: 2 }))
    expect(threeVariables({ seed: 4, iterations: 2 })).not.toEqual(threeVariables({ seed: 3, iterations: 2 }))
  })

  it('step along the gradient: twice the rate moves twice as far (1e-6)', async () => {
    await useTensorBackend('cpu')
    const move = (learningRate: number) => {
      const { w1 } = threeVariables({ seed: 5, iterations: 1, learningRate }).stopped.traces
      return Array.from(w1[1], (w, i) => w - w1[0][i])
    }
    const small = move(0.1)
    move(0.2).forEach((twice, i) => {
      expect(Math.abs(twice - 2 * small[i])).toBeLessThan(1e-6)
    })
  })
})
