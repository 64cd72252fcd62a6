import { load } from 'koffi'
import { expect, it } from 'vitest'
import { CounterStream, Purpose } from '#src/base/random.js'
import { CudaError } from '#src/kernels/cuda/cuda-error.js'
import { Gpu } from '#src/kernels/cuda/gpu.js'
import { LinearCuda } from '#src/kernels/cuda/linear-cuda.js'
import { Scratch } from '#src/kernels/cuda/scratch.js'
import { describeOnEmulator, emulator, setEnvironment, useEmulator } from './devices.js'

const [V, D, K] = [40, 12, 3]
const stream = new CounterStream(5, Purpose.Demonstration, 2)
const normals = (length: number) => Float32Array.from({ length }, () => stream.normal())
const parts = {
  embeddings: normals(V * D),
  output: normals(K * D),
  bias: normals(K),
  dimensions: D,
  pooling: 'mean',
} as const
const texts = {
  ids: Uint32Array.of(1, 2, 3, 4, 5),
  offsets: Uint32Array.of(0, 3, 5),
  labels: Uint32Array.of(0, 2),
  rivals: Uint32Array.of(1, 1),
}
const climb = { norm: 'l2', epsilon: 1, steps: 3, stepLength: 0.5, objective: 'margin' } as const

/** Each kind of work, and how often it allocates at first. */
const WORK = [
  { name: 'logits', allocations: 1, run: (linear: LinearCuda) => linear.logits(normals(2 * D)) },
  { name: 'pullBack', allocations: 1, run: (linear: LinearCuda) => linear.pullBack(normals(2 * K)) },
  { name: 'bestWordsNow', allocations: 1, run: (linear: LinearCuda) => linear.bestWordsNow(normals(2 * D), 4) },
  { name: 'bestWords', allocations: 1, run: (linear: LinearCuda) => linear.bestWords(normals(2 * D), 4) },
  { name: 'readNow', allocations: 2, run: (linear: LinearCuda) => linear.readNow(texts, 'cross-entropy') },
  { name: 'climbNow', allocations: 1, run: (linear: LinearCuda) => linear.climbNow(texts, climb) },
  { name: 'hold', allocations: 1, run: (linear: LinearCuda) => linear.release(linear.hold(texts)) },
]
/** Of the victim: its embeddings, output rows and biases, and a counter. */
const VICTIM_ALLOCATIONS = 4

const live = (): number => load(emulator!).func('int emulatorLive()')()

/** Does the work twice on a GPU one of whose calls fail: what went wrong, and how much more is held than before. */
async function workFailing(fail: string, run: (linear: LinearCuda) => unknown) {
  setEnvironment({ EMULATOR_FAIL: fail })
  const gpu = await Gpu.open('attacks')
  try {
    const linear = new LinearCuda(gpu, parts)
    const before = live()
    const error = await attempt(() => run(linear))
    const left = live() - before
    return { error, left, again: await attempt(() => run(linear)) }
  } catch (error) {
    return { error, left: 0 }
  } finally {
    gpu.close()
  }
}

async function attempt(work: () => unknown): Promise<unknown> {
  try {
    await work()
    return undefined
  } catch (error) {
    return error
  }
}

describeOnEmulator('a linear victim on the GPU', () => {
  it.each(WORK)('that has no memory for $name leaves none behind, whichever allocation fails', async (work) => {
    useEmulator()
    for (let n = 1; n <= VICTIM_ALLOCATIONS + work.allocations; n++) {
      const { error, left, again } = await workFailing(`cuMemAlloc_v2 2 ${n} 1`, work.run)
      expect(error).toEqual(expect.objectContaining({ call: 'cuMemAlloc_v2', code: 2 }))
      expect(left).toBe(0)
      expect(again).toBeUndefined()
      expect(live()).toBe(0)
    }
    const { error } = await workFailing(`cuMemAlloc_v2 2 ${VICTIM_ALLOCATIONS + work.allocations + 1} 1`, work.run)
    expect(error).toBeUndefined()
  })

  it.each(WORK)(
    'that is lost in $name says so in one line and leaves nothing behind, whichever call fails',
    async (work) => {
      useEmulator()
      let failed = 0
      for (const call of [
        'cuMemcpyHtoDAsync_v2',
        'cuMemsetD8Async',
        'cuLaunchKernel',
        'cuMemcpyDtoHAsync_v2',
        'cuStreamQuery',
        'cuStreamSynchronize',
      ]) {
        for (let n = 1; ; n++) {
          const { error, left } = await workFailing(`${call} 719 ${n}`, work.run)
          expect(live()).toBe(0)
          if (error === undefined) break
          failed++
          expect(error).toBeInstanceOf(CudaError)
          expect(String(error)).toMatch(
            new RegExp(`CUDA: ${call} failed with .*LAUNCH_FAILED.*; the GPU is lost .*--resume$`),
          )
          // The memory that is used again: one block.
          expect(left).toBeLessThanOrEqual(1)
        }
      }
      expect(failed).toBeGreaterThan(3)
    },
  )
})

describeOnEmulator('memory that is used again', () => {
  it('is allocated when more is asked for, and not before; of an allocation that fails nothing stays', async () => {
    useEmulator({ EMULATOR_MEMORY: 4096 })
    const gpu = await Gpu.open('attacks')
    const scratch = new Scratch(gpu)
    const first = scratch.take(100, 300)
    expect(first[1] - first[0]).toBe(256n)
    expect(gpu.memory().free).toBe(4096 - 256 - 512)
    expect(scratch.take(256 - 156, 10)).toEqual(first)
    scratch.take(10, 1000)
    expect(gpu.memory().free).toBe(4096 - 256 - 1024)
    expect(() => scratch.take(10, 8000)).toThrow(/OUT_OF_MEMORY/)
    expect(gpu.memory().free).toBe(4096)
    expect(scratch.take(10, 10)).toHaveLength(2)
    gpu.close()
  })
})

describeOnEmulator('the GPU', () => {
  it('is the first of those that CUDA_VISIBLE_DEVICES names', async () => {
    useEmulator({ EMULATOR_DEVICES: 4 })
    const nameOf = async (visible: string | undefined) => {
      setEnvironment({ CUDA_VISIBLE_DEVICES: visible })
      const gpu = await Gpu.open('attacks')
      gpu.close()
      return gpu.name
    }
    expect(await nameOf(undefined)).toBe('emulator')
    expect(await nameOf('2,1')).toBe('emulator 2')
    await expect(nameOf('9')).rejects.toThrow(/NO_DEVICE.*CUDA_VISIBLE_DEVICES/)
  })
})
