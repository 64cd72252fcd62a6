import { UserError } from '../base/errors.js'
import type { EngineName } from './cbow-options.js'
import type { ChosenEngine } from './choose-engine.js'
import type { ChunkLoss, Engine, EngineJob } from './engines/engine.js'

/** An engine that has started, and why it was taken. */
export interface StartedEngine {
  readonly engine: Engine
  readonly reason: string
}

/** Starts the engine that was chosen. Where `auto` has chosen a GPU that then does not suffice, wasm. */
export async function startChosen(
  { name, reason }: ChosenEngine,
  isAuto: boolean,
  job: EngineJob,
): Promise<StartedEngine> {
  try {
    return { engine: await startEngine(name, job), reason }
  } catch (error) {
    if (!(error instanceof UserError && isAuto && name === 'cuda')) throw error
    const instead = `taken by auto; engine cuda is passed over: ${error.message}`
    return { engine: await startEngine('wasm', job), reason: instead }
  }
}

/** Starts an engine; the corpus's window moves with it, and is closed with it. */
export async function startEngine(name: EngineName, job: EngineJob): Promise<Engine> {
  const engine = await loadEngine(name, job)
  const { window } = job.corpus
  return {
    ...engine,
    async train(from, to) {
      const losses: ChunkLoss[] = []
      for (let chunk = from; chunk < to; ) {
        const end = Math.min(to, window.moveTo(chunk, job.schedule))
        losses.push(...(await engine.train(chunk, end)))
        chunk = end
      }
      return losses
    },
    async close() {
      try {
        await engine.close()
      } finally {
        window.close()
      }
    },
  }
}

/** TensorFlow.js is loaded only for its own engine, and so is the CUDA driver. */
async function loadEngine(name: EngineName, job: EngineJob): Promise<Engine> {
  if (name === 'cuda') return (await import('./engines/cuda.js')).cudaEngine(job)
  if (name === 'cpu') return (await import('./engines/cpu.js')).cpuEngine(job)
  if (name === 'wasm') return (await import('./engines/wasm.js')).wasmEngine(job)
  return (await import('./engines/tensorflow.js')).tensorflowEngine(job)
}
