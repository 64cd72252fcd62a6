import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { InterruptedError } from '#src/base/errors.js'
import { loadCbowModel } from '#src/cbow/cbow-model.js'
import { CHECKPOINT_FILES } from '#src/cbow/checkpoint.js'
import { engineList } from '#src/cbow/engine-list.js'
import { trainCbow } from '#src/cbow/train-cbow.js'
import { describeOnEmulator, emulator, setEnvironment, useEmulator } from '../kernels/cuda/devices.js'
import { runCommand } from '../scripts/run-command.js'
import { emptyFolder, MODEL, request } from './small-training.js'

/** A run on the GPU. */
const onGpu = (changed = {}) => request({ engine: 'cuda', reproducible: false, ...changed })

function notes() {
  const lines: string[] = []
  return { lines, progress: { start() {}, update() {}, stop() {}, note: (line: string) => lines.push(line) } }
}

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

  it('that loses the GPU says so; the last checkpoint stands, and the run goes on from it', async () => {
    const folder = await emptyFolder()
    useEmulator({ EMULATOR_FAIL: 'cuLaunchKernel 719 4' })
    await expect(trainCbow(onGpu({ output: folder, checkpointEvery: 1e-9 }))).rejects.toThrow(
      /^CUDA: cuLaunchKernel failed with CUDA_ERROR_LAUNCH_FAILED \(.*\); the GPU is lost to this process: .* --resume$/,
    )
    expect(await readdir(folder)).toContain(CHECKPOINT_FILES.newest)
    setEnvironment({ EMULATOR_FAIL: '' })
    const { lines, progress } = notes()
    await trainCbow(onGpu({ output: folder, resume: true, progress }))
    expect(lines[0]).toMatch(/going on from its checkpoint/)
  })

  it('refuses to give the same bytes each time', async () => {
    useEmulator()
    await expect(trainCbow(onGpu({ reproducible: true }))).rejects.toThrow(/--reproducible/)
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

  it.each([
    ['has none', { EMULATOR_DEVICES: 0 }, /passed over: CUDA: cuInit failed/],
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
