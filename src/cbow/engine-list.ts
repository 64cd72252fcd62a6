import { type CbowOptions, type EngineName, settingsOf } from './cbow-options.js'
import type { ChunkLoss, Engine, EngineJob } from './engines/engine.js'

/** An engine, and whether it can be had here. */
export interface EngineStatus {
  readonly name: EngineName
  readonly available: boolean
  /** What it is, what it computes on, or why it is absent. */
  readonly description: string
}

/** The engines, the fastest first. Looks for TensorFlow's library, which takes a moment; what TensorFlow.js computes on stays. */
export async function engineList(): Promise<EngineStatus[]> {
  const { keepingTensorBackend, useTensorBackend } = await import('../gradient/tensorflow.js')
  const { description } = await keepingTensorBackend(() => useTensorBackend())
  return [
    { name: 'wasm', available: true, description: 'our WebAssembly kernel in threads, word by word' },
    { name: 'tensorflow', available: true, description: `automatic differentiation in batches: ${description}` },
    { name: 'cpu', available: true, description: 'the plain reference in JavaScript, one thread' },
  ]
}

/** The engine that `auto` means: the kernel where it can do what is asked for, else the fastest that can. */
export function engineOf(options: CbowOptions): EngineName {
  if (options.engine !== 'auto') return options.engine
  if (options.loss === 'softmax') return 'tensorflow'
  return settingsOf(options, 'wasm').batchSize === 1 ? 'wasm' : 'cpu'
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
      await engine.close()
      window.close()
    },
  }
}

/** TensorFlow.js is loaded only for its own engine. */
async function loadEngine(name: EngineName, job: EngineJob): Promise<Engine> {
  if (name === 'cpu') return (await import('./engines/cpu.js')).cpuEngine(job)
  if (name === 'wasm') return (await import('./engines/wasm.js')).wasmEngine(job)
  return (await import('./engines/tensorflow.js')).tensorflowEngine(job)
}
