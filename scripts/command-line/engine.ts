import { z } from 'zod'
import type { Progress } from '../../src/base/progress.js'
import type { TensorRuntime } from '../../src/gradient/tensorflow.js'

/** What a command computed on, for its JSON. */
export interface EngineJson {
  readonly engine: string
  readonly backend: string
  readonly tensorflowVersion?: string
}

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

/** What a command computed on, as its JSON says it. */
export async function engineJson({ backend, tensorflowVersion }: TensorRuntime): Promise<EngineJson> {
  const { engineOn } = await import('../../src/gradient/tensorflow.js')
  return { engine: engineOn(backend), backend, tensorflowVersion }
}
