import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { InterruptedError } from '#src/base/errors.js'
import { type CbowModel, loadCbowModel } from '#src/cbow/cbow-model.js'
import { CHECKPOINT_FILES } from '#src/cbow/checkpoint.js'
import { engineList } from '#src/cbow/engine-list.js'
import { trainCbow } from '#src/cbow/train-cbow.js'
import { describeOnEmulator, emulator, setEnvironment, useEmulator } from '../kernels/cuda/devices.js'
import { runCommand } from '../scripts/run-command.js'
import { distance } from './small-corpus.js'
import { emptyFolder, MODEL, request } from './small-training.js'

/** A run on the GPU. */
const onGpu = (changed = {}) => request({ engine: 'cuda', reproducible: false, ...changed })

function notes() {
  const lines: string[] = []
  return { lines, progress: { start() {}, update() {}, stop() {}, note: (line: string) => lines.push(line) } }
}

const weightsOf = ({ input, outputEmbeddings }: CbowModel) => ({ input: input.vectors, output: outputEmbeddings })

describeOnEmulator('engine cuda', () => {
  it('trains a model that says what trained it, to a loss within 2% of that of wasm', async () => {
    useEmulator()
    const folder = await emptyFolder()
    await trainCbow(onGpu({ output: folder }))
    const { training } = await loadCbowModel(folder)
    expect(training).toMatchObject({ engine: 'cuda', backend: 'cuda', gpu: 'emulator', cudaVersion: '13.0' })
    expect(training?.wordsSeen).toBe(70_000)
    const wasm = await trainCbow(request())
    expect(Math.abs(training!.loss / wasm.training!.loss - 1)).toBeLessThan(0.02)
    expect((await readdir(folder)).sort()).toEqual([...MODEL, 'training.csv'].sort())
  })

  it('goes on from its checkpoint after an interruption, to the bytes of an undisturbed run on the emulator', async () => {
    useEmulator()
    const [whole, parts] = [await emptyFolder(), await emptyFolder()]
    await trainCbow(onGpu({ output: whole }))
    const controller = new AbortController()
    const interrupted = trainCbow(
      onGpu({ output: parts, signal: controller.signal, onStretch: () => controller.abort() }),
    )
    await expect(interrupted).rejects.toThrow(InterruptedError)
    await trainCbow(onGpu({ output: parts, resume: true }))
    expect(await readFile(join(parts, 'tensors.safetensors'))).toEqual(
      await readFile(join(whole, 'tensors.safetensors')),
    )
  })

  const CALLS = [
    ['cuLaunchKernel', 4],
    ['cuMemsetD8Async', 8],
    ['cuStreamQuery', 4],
    ['cuStreamSynchronize', 8],
    ['cuMemcpyDtoHAsync_v2', 14],
    ['cuEventRecord', 4],
  ] as const
  const lost = /^CUDA: cu\w+ failed with CUDA_ERROR_LAUNCH_FAILED \(.*\); the GPU is lost to this process: .* --resume$/

  it.each(CALLS)(
    'that loses the GPU at %s says so; the last checkpoint stands, and the run goes on',
    async (call, n) => {
      const folder = await emptyFolder()
      useEmulator({ EMULATOR_FAIL: `${call} 719 ${n}` })
      await expect(trainCbow(onGpu({ output: folder, checkpointEvery: 1e-9 }))).rejects.toThrow(lost)
      expect(await readdir(folder)).toContain(CHECKPOINT_FILES.newest)
      setEnvironment({ EMULATOR_FAIL: '' })
      const { lines, progress } = notes()
      const model = await trainCbow(onGpu({ output: folder, resume: true, progress }))
      expect(lines[0]).toMatch(/going on from its checkpoint$/)
      expect(model.training?.wordsSeen).toBe(70_000)
    },
  )

  it('that has lost the GPU is gone on with by wasm, and by auto, from the checkpoint, saying so', async () => {
    for (const engine of ['wasm', 'auto'] as const) {
      const folder = await emptyFolder()
      useEmulator({ EMULATOR_FAIL: 'cuLaunchKernel 719 4' })
      await expect(trainCbow(onGpu({ output: folder, checkpointEvery: 1e-9 }))).rejects.toThrow(lost)
      setEnvironment({ CBOW_CUDA_LIBRARY: '/no/libcuda.so' })
      const { lines, progress } = notes()
      const model = await trainCbow(onGpu({ output: folder, engine, resume: true, progress }))
      expect(lines[0]).toMatch(/going on from its checkpoint, which engine cuda has made$/)
      expect(model.training).toMatchObject({ engine: 'wasm', wordsSeen: 70_000 })
    }
  })

  it('is reproducible by one warp: the steps of the reference, however many warps the GPU has room for', async () => {
    useEmulator({ EMULATOR_PROCESSORS: 132, EMULATOR_TURNS: 'add' })
    const { lines, progress } = notes()
    const model = await trainCbow(onGpu({ reproducible: true, progress }))
    expect(lines.find((line) => line.startsWith('engine cuda'))).toContain('one centre at a time')
    const plain = await trainCbow(request({ engine: 'cpu' }))
    expect(distance(weightsOf(model), weightsOf(plain))).toBeLessThan(1e-4)
    const free = await trainCbow(onGpu({}))
    expect(distance(weightsOf(free), weightsOf(plain))).toBeGreaterThan(1e-3)
  })

  it('stops at a signal with a checkpoint, whose reproducible run is not gone on with by many warps', async () => {
    useEmulator()
    const folder = await emptyFolder()
    const controller = new AbortController()
    const begun = trainCbow(
      onGpu({ output: folder, reproducible: true, signal: controller.signal, onStretch: () => controller.abort() }),
    )
    await expect(begun).rejects.toThrow(InterruptedError)
    await expect(trainCbow(onGpu({ output: folder, resume: true }))).rejects.toThrow(
      /begun with --reproducible on several threads or a GPU yes, now no/,
    )
    await expect(trainCbow(request({ engine: 'wasm', output: folder, resume: true }))).rejects.toThrow(/--engine cuda/)
    expect((await trainCbow(onGpu({ output: folder, resume: true, reproducible: true }))).training?.engine).toBe('cuda')
  })

  it('is listed with its GPU', async () => {
    useEmulator()
    expect((await engineList())[0]).toEqual({
      name: 'cuda',
      backend: 'cuda',
      available: true,
      description: 'our CUDA kernel on emulator (CUDA 13.0)',
    })
  })

  it('is a command', async () => {
    const folder = await emptyFolder()
    const corpus = join(folder, 'corpus.txt')
    await writeFile(corpus, 'one two three two one\n'.repeat(50))
    const args = [corpus, '--output', join(folder, 'model'), '--engine', 'cuda', '--json', '--quiet']
    const { stdout, status, stderr } = runCommand('train-cbow', args, { env: { CBOW_CUDA_LIBRARY: emulator } })
    expect(status, stderr).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ engine: 'cuda', gpu: 'emulator', words: 3 })
    const absent = runCommand('train-cbow', [...args, '--force'], { env: { CBOW_CUDA_LIBRARY: '/no/libcuda.so' } })
    expect(absent).toMatchObject({ status: 2, errors: [expect.stringMatching(/no NVIDIA driver: \/no\/libcuda\.so/)] })
  })
})

describe('engine auto', () => {
  it('without a driver takes wasm, and says so', async () => {
    setEnvironment({ CBOW_CUDA_LIBRARY: '/no/libcuda.so' })
    const { lines, progress } = notes()
    const model = await trainCbow(onGpu({ engine: 'auto', progress }))
    expect(model.training?.engine).toBe('wasm')
    expect(lines[0]).toMatch(
      /^engine wasm: .* \(taken by auto as .*; engine cuda is passed over: no NVIDIA driver: \/no\/libcuda\.so cannot be /,
    )
  })
})

describeOnEmulator('engine auto', () => {
  it('takes the GPU that answers', async () => {
    useEmulator()
    expect((await trainCbow(onGpu({ engine: 'auto' }))).training?.engine).toBe('cuda')
  })

  it('that loses its GPU goes on with wasm from the last checkpoint, or the beginning, saying so', async () => {
    const folder = await emptyFolder()
    const corpus = join(folder, 'corpus.txt')
    const words = Array.from({ length: 30_000 }, (_, i) => `w${(i * i + 3 * i) % 97}${i % 20 === 19 ? '\n' : ''}`)
    await writeFile(corpus, words.join(' '))
    for (const output of [join(folder, 'model'), undefined]) {
      useEmulator({ EMULATOR_FAIL: 'cuLaunchKernel 719 3' })
      const { lines, progress } = notes()
      const model = await trainCbow(
        onGpu({ engine: 'auto', corpus: [corpus], output, checkpointEvery: 1e-9, progress }),
      )
      expect(model.training).toMatchObject({ engine: 'wasm', wordsSeen: 60_000 })
      const from = output === undefined ? 'the beginning' : 'the last checkpoint'
      expect(lines.filter((line) => line.startsWith('engine cuda is given up'))).toEqual([
        expect.stringContaining(`given up, engine wasm goes on from ${from}: CUDA: cuLaunchKernel failed with`),
      ])
      if (output) expect(lines.some((line) => line.endsWith('which engine cuda has made'))).toBe(true)
    }
  })

  it('that loses its GPU says so where the sentences cannot be read again', async () => {
    useEmulator({ EMULATOR_FAIL: 'cuLaunchKernel 719 3' })
    await expect(trainCbow(onGpu({ engine: 'auto' }))).rejects.toThrow(/^CUDA: cuLaunchKernel failed/)
  })

  it.each([
    ['has none', { EMULATOR_DEVICES: 0 }, /passed over: CUDA: cuInit failed/],
    [
      'is too old for the PTX',
      { EMULATOR_DRIVER: 10020 },
      /passed over: the NVIDIA driver is too old: it serves CUDA 10\.2, engine cuda needs 11\.0; update it/,
    ],
    [
      'refuses the PTX',
      { EMULATOR_FAIL: 'cuModuleLoadData 222 1' },
      /passed over: CUDA: cuModuleLoadData .*; update the/,
    ],
    [
      'has a GPU that is too old',
      { EMULATOR_CAPABILITY: 61 },
      /passed over: emulator has compute capability 6\.1; .*7\.0/,
    ],
    [
      'has memory that others have taken since it was looked at',
      { EMULATOR_FAIL: 'cuMemAlloc_v2 2 2' },
      /passed over: CUDA: cuMemAlloc_v2 failed with CUDA_ERROR_OUT_OF_MEMORY .*; end other programs/,
    ],
    [
      'has too little memory',
      { EMULATOR_MEMORY: 2 ** 26 },
      /passed over: \d+ words of 12 dimensions need .* GiB of GPU memory/,
    ],
  ])('goes on with wasm where the driver %s, and says so', async (_, settings, says) => {
    useEmulator(settings)
    const { lines, progress } = notes()
    const model = await trainCbow(onGpu({ engine: 'auto', progress }))
    expect(model.training?.engine).toBe('wasm')
    expect(lines[0]).toMatch(says)
  })
})
