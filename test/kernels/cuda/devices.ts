import { load } from 'koffi'
import { describe, expect, onTestFinished } from 'vitest'
import { buildCudaEmulator } from '#scripts/benchmark/cuda/emulator.js'
import { findGpu } from '#src/kernels/cuda/gpu.js'

/** What the GPU is played by; undefined without a C++ compiler. */
export const emulator = buildCudaEmulator()
if (!emulator) process.stdout.write('\nThere is no g++: tests on the emulated GPU are SKIPPED.\n')

const found = await findGpu()
if ('absent' in found) process.stdout.write(`\nThere is no GPU: tests on one are SKIPPED (${found.absent}).\n`)

/** What a suite runs on: the emulator, and the GPU where there is one. */
export const DEVICES = [
  { device: 'the emulator', library: emulator, isHere: emulator !== undefined },
  { device: 'a GPU', library: '', isHere: !('absent' in found) },
]

export const describeOnEmulator = describe.skipIf(!emulator)

/** Sets variables of the environment until the test is over. */
export function setEnvironment(variables: Record<string, string | number | undefined>): void {
  for (const [name, value] of Object.entries(variables)) {
    const before = process.env[name]
    if (value === undefined) delete process.env[name]
    else process.env[name] = String(value)
    onTestFinished(() => {
      if (before === undefined) delete process.env[name]
      else process.env[name] = before
    })
  }
}

/** Lets the test that runs use the emulator; expects that it leaves nothing on it. */
export function useEmulator(settings: Record<string, string | number> = {}): void {
  setEnvironment({ CBOW_CUDA_LIBRARY: emulator, ...settings })
  onTestFinished(() => {
    const live: () => number = load(emulator!).func('int emulatorLive()')
    expect(live()).toBe(0)
  })
}
