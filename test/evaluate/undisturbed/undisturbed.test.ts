import { describe, expect, it } from 'vitest'
import { trainWithStatefulSampler } from '#src/evaluate/undisturbed/stateful-sampler.js'
import { trainAndRead } from '#src/evaluate/undisturbed/undisturbed.js'
import { emulator, useEmulator } from '../../kernels/cuda/devices.js'

describe('reading a loss gradient while a model trains', () => {
  it.skipIf(!emulator).each([{ reproducible: false }, { reproducible: true }])(
    'leaves 4 further steps of engine cuda bit-identical on the emulated GPU, whatever is read when (%o)',
    async ({ reproducible }) => {
      useEmulator()
      const settings = { engine: 'cuda', steps: 4, reproducible, dimensions: 8 } as const
      const unread = await trainAndRead('never', settings)
      expect(unread.losses).toHaveLength(5)
      expect(new Set(unread.losses).size).toBe(5)
      for (const [reading, read] of [
        ['once', 1],
        ['every step', 5],
        ['other batches', 15],
      ] as const) {
        expect(await trainAndRead(reading, settings)).toEqual({ ...unread, read })
      }
      const along = await trainAndRead('while it trains', settings)
      expect(along).toEqual({ ...unread, read: along.read })
      expect(along.read).toBeGreaterThan(0)
    },
  )

  it('parts the losses from the second step on where the sampler of negatives has a state', () => {
    const unread = trainWithStatefulSampler(false, 101)
    const read = trainWithStatefulSampler(true, 101)
    expect(read[0]).toBe(unread[0])
    expect([...read].slice(1).every((loss, i) => loss !== unread[i + 1])).toBe(true)
    expect(trainWithStatefulSampler(false, 101)).toEqual(unread)
  })
})
