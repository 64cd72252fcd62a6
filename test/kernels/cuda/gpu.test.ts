import { describe, expect, it } from 'vitest'
import { UserError } from '#src/base/errors.js'
import { findGpu, Gpu } from '#src/kernels/cuda/gpu.js'
import { readPtx } from '#src/kernels/cuda/ptx.js'
import { describeOnEmulator, setEnvironment, useEmulator } from './devices.js'

describe('without an NVIDIA driver', () => {
  it('there is no GPU, in one line that says what to do', async () => {
    setEnvironment({ CBOW_CUDA_LIBRARY: '/no/such/libcuda.so.1' })
    expect(await findGpu()).toEqual({
      absent:
        'no NVIDIA driver: /no/such/libcuda.so.1 cannot be loaded; install the driver of the GPU, or name its library in ' +
        'CBOW_CUDA_LIBRARY',
    })
  })

  it('nor with a library that is no driver', async () => {
    setEnvironment({ CBOW_CUDA_LIBRARY: process.platform === 'linux' ? 'libc.so.6' : process.execPath })
    expect(await findGpu()).toMatchObject({ absent: expect.stringMatching(/NVIDIA driver/) })
  })
})

describe('readPtx', () => {
  it.each([
    [70, 11000, 'sm_70'],
    [89, 13000, 'sm_70'],
    [90, 12000, 'sm_70'],
    [90, 12010, 'sm_90'],
    [120, 13000, 'sm_90'],
  ])('for compute capability %i and CUDA %i is that of %s', (capability, version, architecture) => {
    expect(readPtx('cbow', capability, version, 'a GPU')).toContain(`.target ${architecture}\n`)
  })

  it('names a GPU that is too old, and a driver', () => {
    expect(() => readPtx('cbow', 61, 13000, 'GTX 1080')).toThrow(
      'GTX 1080 has compute capability 6.1; engine cuda needs 7.0 (Volta, 2017) or later',
    )
    expect(() => readPtx('cbow', 70, 10020, 'V100')).toThrow(
      'the NVIDIA driver is too old: it serves CUDA 10.2, engine cuda needs 11.0; update it to 450 or later',
    )
  })
})

describeOnEmulator('a GPU that fails', () => {
  it.each([
    [{ EMULATOR_DEVICES: 0 }, /cuInit failed with CUDA_ERROR_NO_DEVICE \(.*\); look whether nvidia-smi lists a GPU/],
    [{ EMULATOR_FAIL: 'cuInit 803 1' }, /restart the machine$/],
    [
      { EMULATOR_FAIL: 'cuModuleLoadData 222 1' },
      /cuModuleLoadData failed with .*UNSUPPORTED_PTX_VERSION.*; update the NVIDIA driver/,
    ],
    [{ EMULATOR_FAIL: 'cuModuleLoadData 218 1' }, /; update the NVIDIA driver/],
    [
      { EMULATOR_FAIL: 'cuDevicePrimaryCtxRetain 2 1' },
      /OUT_OF_MEMORY \(out of memory\); end other programs on the GPU/,
    ],
  ])('at its start (%o) is named in one line, and nothing stays behind', async (settings, message) => {
    useEmulator(settings)
    await expect(Gpu.open('cbow')).rejects.toThrow(UserError)
    await expect(Gpu.open('cbow')).rejects.toThrow(message)
    expect(await findGpu()).toMatchObject({ absent: expect.stringMatching(message) })
  })

  it('at any call says which, and frees what there was', async () => {
    for (const call of ['cuMemAlloc_v2', 'cuMemcpyHtoDAsync_v2', 'cuStreamCreate', 'cuEventCreate', 'cuStreamQuery']) {
      useEmulator({ EMULATOR_FAIL: `${call} 719 1` })
      const gpu = await Gpu.open('cbow')
      const use = async () => {
        const stream = gpu.stream()
        gpu.event()
        gpu.allocateFor(Float32Array.of(1, 2, 3), stream)
        await gpu.finished(stream)
      }
      await expect(use()).rejects.toThrow(new RegExp(`^CUDA: ${call} failed with .*; the GPU is lost to this process`))
      gpu.close()
    }
  })
})

describeOnEmulator('memory', () => {
  it('comes back as it went, is counted, and is freed', async () => {
    useEmulator({ EMULATOR_MEMORY: 1_000 })
    const gpu = await Gpu.open('cbow')
    const stream = gpu.stream()
    const values = Float32Array.of(1.5, -2, 3)
    const address = gpu.allocateFor(values, stream)
    expect(gpu.memory()).toEqual({ free: 988, total: 1_000 })
    const back = new Float32Array(3)
    gpu.download(back, address, stream)
    gpu.finish(stream)
    expect(back).toEqual(values)
    gpu.clear(address, 8, stream)
    gpu.download(back, address, stream)
    expect(back).toEqual(Float32Array.of(0, 0, 3))
    expect(() => gpu.allocate(989)).toThrow(/cuMemAlloc_v2 failed with CUDA_ERROR_OUT_OF_MEMORY/)
    gpu.free(address)
    expect(gpu.memory().free).toBe(1_000)
    expect(() => gpu.free(address)).toThrow(RangeError)
    gpu.close()
  })
})
