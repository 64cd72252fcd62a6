import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { trainWithStatefulSampler } from '#src/evaluate/stateful-sampler.js'
import { trainAndRead } from '#src/evaluate/undisturbed.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { emulator, useEmulator } from '../kernels/cuda/devices.js'

describe('reading a loss gradient while a model trains', () => {
  it.each([
    { engine: 'cpu', steps: 4, threads: 1 },
    { engine: 'tensorflow', steps: 4, threads: 1 },
    { engine: 'wasm', steps: 100, threads: 1 },
    { engine: 'wasm', steps: 20, threads: 2 },
  ] as const)(
    'leaves $steps further steps of engine $engine with $threads threads bit-identical, whatever is read when',
    async ({ engine, steps, threads }) => {
      await useTensorBackend('wasm')
      const settings = { engine, steps, threads, reproducible: true, dimensions: 8 }
      const unread = await trainAndRead('never', settings)
      expect(unread.losses).toHaveLength(steps + 1)
      expect(new Set(unread.losses).size).toBe(steps + 1)
      const tensors = tf.memory().numTensors
      for (const [reading, read] of [
        ['once', 1],
        ['every step', steps + 1],
        ['other batches', 3 * (steps + 1)],
      ] as const) {
        expect(await trainAndRead(reading, settings)).toEqual({ ...unread, read })
        expect(tf.memory().numTensors).toBe(tensors)
      }
      const along = await trainAndRead('while it trains', settings)
      expect(along).toEqual({ ...unread, read: along.read })
      expect(along.read).toBeGreaterThan(0)
    },
  )

  it.skipIf(!emulator)('leaves 4 further steps of engine cuda bit-identical on the emulated GPU', async () => {
    useEmulator()
    const settings = { engine: 'cuda', steps: 4, reproducible: false, dimensions: 8 } as const
    const unread = await trainAndRead('never', settings)
    expect(unread.losses).toHaveLength(5)
    expect(new Set(unread.losses).size).toBe(5)
    expect(await trainAndRead('every step', settings)).toEqual({ ...unread, read: 5 })
    expect(await trainAndRead('other batches', settings)).toEqual({ ...unread, read: 15 })
  })

  it('parts the losses from the second step on where the sampler of negatives has a state', () => {
    const unread = trainWithStatefulSampler(false, 101)
    const read = trainWithStatefulSampler(true, 101)
    expect(read[0]).toBe(unread[0])
    expect([...read].slice(1).every((loss, i) => loss !== unread[i + 1])).toBe(true)
    expect(trainWithStatefulSampler(false, 101)).toEqual(unread)
  })
})
