import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { attacks } from '#src/attacks/index.js'
import { UserError } from '#src/base/errors.js'
import { attackToFile } from '#src/evaluate/attack-to-file.js'
import { readGradientsToFile } from '#src/evaluate/read-gradients.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import type { Victim } from '#src/gradient/victim.js'
import { GpuVictim } from '#src/victims/gpu-victim.js'
import { describeOnEmulator, setEnvironment, useEmulator } from '../kernels/cuda/devices.js'
import { smallVictim } from './small-victim.js'

beforeAll(() => useTensorBackend('wasm').then(() => {}))

const ROWS = Array.from({ length: 12 }, (_, i) => ({
  text: ['a great film', 'the plot was dull and slow', 'a fine plot but cold', 'lovely and warm'][i % 4],
}))

/** Each writes a file of 12 rows, 4 at a time. */
const RUNS = [
  {
    name: 'an attack on words',
    run: (victim: Victim, output: string, resume: boolean) =>
      attackToFile(victim, attacks.hotflip({ maxWords: 1 }), ROWS, output, { batchSize: 4, resume }),
  },
  {
    name: 'PGD',
    run: (victim: Victim, output: string, resume: boolean) =>
      attackToFile(victim, attacks.pgd({ epsilon: 0.5, norm: 'l2' }), ROWS, output, { batchSize: 4, resume }),
  },
  {
    name: 'a gradient read',
    run: (victim: Victim, output: string, resume: boolean) =>
      readGradientsToFile(victim, ROWS, output, { batchSize: 4, resume }),
  },
]
const CALLS = [
  'cuMemcpyHtoDAsync_v2',
  'cuMemsetD8Async',
  'cuLaunchKernel',
  'cuMemcpyDtoHAsync_v2',
  'cuStreamSynchronize',
]

/** What does not differ between runs and engines by rounding. */
const rowsOf = async (path: string) => {
  const lines = (await readFile(path, 'utf8')).trim().split('\n')
  return lines
    .map((line) => JSON.parse(line))
    .map(({ row, text, originalText, resultType, predicted, perturbedOutput }) => {
      return { row, text, originalText, resultType, predicted, perturbedOutput }
    })
}

describeOnEmulator('a GPU that is lost', () => {
  it.each(RUNS.flatMap((run) => CALLS.map((call) => ({ ...run, call }))))(
    'at $call in the middle of $name leaves the rows so far, and the CPU goes on from them',
    async ({ run, call }) => {
      const folder = await mkdtemp(join(tmpdir(), 'lost-gpu-'))
      const [whole, parts] = [join(folder, 'whole.jsonl'), join(folder, 'parts.jsonl')]
      await run(smallVictim(), whole, false)
      // The first call that is late enough for a batch to be done.
      let kept: string | undefined
      for (let n = 1; kept === undefined; n++) {
        useEmulator({ EMULATOR_FAIL: `${call} 719 ${n}` })
        const error = await onGpu((gpu) => run(gpu, parts, false))
        expect(error).toBeInstanceOf(UserError)
        expect(String(error).split('\n')).toHaveLength(1)
        kept = /: (\d+) rows are kept \(with --resume .*; CUDA: cu\w+ failed with .*LAUNCH_FAILED/.exec(
          String(error),
        )?.[1]
      }
      expect(['4', '8']).toContain(kept)
      setEnvironment({ EMULATOR_FAIL: undefined })
      await run(smallVictim(), parts, true)
      expect(await rowsOf(parts)).toEqual(await rowsOf(whole))
    },
  )
})

/** What goes wrong on a GPU. */
async function onGpu(work: (victim: Victim) => Promise<unknown>): Promise<unknown> {
  let gpu: GpuVictim | undefined
  try {
    gpu = await GpuVictim.open(smallVictim())
    await work(gpu)
    return undefined
  } catch (error) {
    return error
  } finally {
    gpu?.close()
  }
}
