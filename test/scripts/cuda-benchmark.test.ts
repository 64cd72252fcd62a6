import { expect, it } from 'vitest'
import { describeOnEmulator, emulator } from '../kernels/cuda/devices.js'
import { runCommand } from './run-command.js'

describeOnEmulator('the benchmark of engine cuda', () => {
  it('finds the kernels right on the emulated GPU, without a test runner', () => {
    const env = { CBOW_CUDA_LIBRARY: emulator, EMULATOR_PROCESSORS: '4' }
    const { status, stdout, stderr } = runCommand('benchmark/cuda/run', ['--check-only'], { env })
    expect(status, stderr).toBe(0)
    expect(stdout).toMatch(/^(\d+) of \1 checks against plain arithmetic hold\n$/)
  })

  it('says so where they are not: steps that fall together are lost, or no GPU answers', () => {
    const losing = { CBOW_CUDA_LIBRARY: emulator, EMULATOR_PROCESSORS: '64', EMULATOR_TURNS: 'last' }
    const { status, stdout } = runCommand('benchmark/cuda/run', ['--check-only'], { env: losing })
    expect(status).toBe(1)
    expect(stdout).toMatch(/\n- FAILED: many warps lose what the reference loses, as a share: .*, beyond 0\.03\n/)
    const absent = runCommand('benchmark/cuda/run', ['--check-only'], { env: { CBOW_CUDA_LIBRARY: '/no/libcuda.so' } })
    expect(absent).toMatchObject({ status: 2, stderr: expect.stringMatching(/no NVIDIA driver/) })
  })
})
