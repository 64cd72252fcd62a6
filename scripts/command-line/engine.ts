import { z } from 'zod'
import type { Progress } from '../../src/base/progress.js'
import type { TensorRuntime } from '../../src/gradient/tensorflow.js'

/** `--engine` of the commands that read gradients. */
export const EngineFlag = z
  .enum(['auto', 'tensorflow', 'wasm', 'cpu'])
  .default('auto')
  .describe("what gradients are read on: TensorFlow's own library where it is there, WebAssembly, or plain JavaScript")

/** Makes TensorFlow.js compute on the wanted engine, and says on what it does. */
export async function useEngine(engine: z.infer<typeof EngineFlag>, progress: Progress): Promise<TensorRuntime> {
  const { useTensorBackend } = await import('../../src/gradient/tensorflow.js')
  const runtime = await useTensorBackend(engine === 'tensorflow' ? 'auto' : engine)
  progress.note(`engine: ${runtime.description}`)
  return runtime
}
