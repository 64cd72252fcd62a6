import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { findGraphics, whyNoGpu } from '#scripts/setup-tensorflow/graphics.js'

const folder = mkdtempSync(join(tmpdir(), 'cbow-adversarial-graphics-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('findGraphics', () => {
  it.each([
    ['nothing', [], { driver: false, gpus: 0 }],
    ['a driver alone', ['proc/driver/nvidia/version', 'dev/nvidiactl'], { driver: true, gpus: 0 }],
    ['two GPUs', ['dev/nvidia0', 'dev/nvidia1', 'dev/nvidiactl', 'dev/nvidia-uvm'], { driver: true, gpus: 2 }],
    ["Windows' GPU", ['dev/dxg'], { driver: true, gpus: 1 }],
  ])('sees %s', async (name, files, expected) => {
    const root = join(folder, name)
    for (const file of files) {
      mkdirSync(dirname(join(root, file)), { recursive: true })
      writeFileSync(join(root, file), '')
    }
    expect(await findGraphics(root)).toEqual(expected)
  })
})

/** As TensorFlow 2.21.0 says it. */
const LOGS = {
  cpu: '',
  noDevice:
    'E0000 cuda_platform.cc:52] failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit: CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected',
  noDriverLibrary:
    'E0000 cuda_platform.cc:52] failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit: UNKNOWN ERROR (303)',
  noLibraries: 'I0000 cudart_stub.cc:31] Could not find cuda drivers on your machine, GPU will not be used.',
  someMissing: 'W0000 gpu_device.cc:2365] Cannot dlopen some GPU libraries. Please make sure',
}
const [none, driver, gpu] = [
  { driver: false, gpus: 0 },
  { driver: true, gpus: 0 },
  { driver: true, gpus: 1 },
]

describe('whyNoGpu', () => {
  it.each([
    ['a driver without a GPU', driver, LOGS.noDevice, /driver is there but no GPU; give this machine one/],
    ['a GPU without CUDA', gpu, LOGS.noLibraries, /CUDA 12's libraries or cuDNN 9 are not; --cuda brings them/],
    ['a GPU with a part of CUDA', gpu, LOGS.someMissing, /--cuda brings them/],
    ["a GPU without its driver's library", gpu, LOGS.noDriverLibrary, /libcuda\.so\.1; install the driver/],
    ['a GPU that does not start', gpu, LOGS.noDevice, /does not start \(failed call to cuInit.*NO_DEVICE.*nvidia-smi/],
  ])('has a line for %s', (_, graphics, log, line) => {
    expect(whyNoGpu(graphics, log, {})).toMatch(line)
  })

  it.each([
    ['a machine without NVIDIA', none, LOGS.noDriverLibrary, {}],
    ['a TensorFlow for the CPU beside a GPU', gpu, LOGS.cpu, {}],
    ['GPUs that the user hides', gpu, LOGS.noDevice, { CUDA_VISIBLE_DEVICES: '' }],
  ])('has nothing to say of %s', (_, graphics, log, env) => {
    expect(whyNoGpu(graphics, log, env)).toBeUndefined()
  })
})
