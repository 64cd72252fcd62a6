import { z } from 'zod'
import type { Progress } from '../../src/base/progress.js'
import type { Victim } from '../../src/gradient/victim.js'
import { EngineFlag, useEngine } from './engine.js'

/** `--engine` of the commands that can read a linear victim on a GPU. */
export const VictimEngineFlag = z
  .enum([...EngineFlag.unwrap().options, 'cuda'])
  .default('auto')
  .describe(`${EngineFlag.description}; cuda: the closed forms of a built-in model, by our kernels on an NVIDIA GPU`)

/**
 * Lets `compute` have the victim on the wanted engine, and says what that is. What it took is freed when `compute` has
 * ended, however it did.
 * @throws UserError where engine cuda is wanted and no GPU answers, or the victim has no closed forms
 */
export async function onEngine<T>(
  victim: Victim,
  engine: z.infer<typeof VictimEngineFlag>,
  progress: Progress,
  compute: (victim: Victim) => Promise<T>,
): Promise<T> {
  if (engine !== 'cuda') {
    await useEngine(engine, progress)
    return compute(victim)
  }
  const { GpuVictim } = await import('../../src/victims/gpu-victim.js')
  const onGpu = await GpuVictim.open(victim)
  try {
    progress.note(`engine: cuda on ${onGpu.gpu}`)
    return await compute(onGpu)
  } finally {
    onGpu.close()
  }
}
