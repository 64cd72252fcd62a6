import { UserError } from '../base/errors.js'
import { type CbowOptions, type CbowSettings, type EngineName, settingsOf } from './cbow-options.js'
import type { ChunkLoss, Engine, EngineJob } from './engines/engine.js'

/** An engine, and whether it can be had here. */
export interface EngineStatus {
  readonly name: EngineName
  readonly available: boolean
  /** What computes beneath: `wasm`, `native`, `cpu`. */
  readonly backend: string
  /** What it is and what it computes on, or why it is absent. */
  readonly description: string
  /** What it could compute on here and does not, and the command that would bring it. */
  readonly absent?: string
}

/**
 * The engines, the fastest first. Looks for TensorFlow's library, which takes a moment; what TensorFlow.js computes on
 * stays.
 */
export async function engineList(): Promise<EngineStatus[]> {
  return [
    { name: 'wasm', available: true, backend: 'wasm', description: 'our WebAssembly kernel in threads, word by word' },
    await tensorflowStatus(),
    { name: 'cpu', available: true, backend: 'cpu', description: 'the plain reference in JavaScript, one thread' },
  ]
}

async function tensorflowStatus(): Promise<EngineStatus> {
  const { keepingTensorBackend, useTensorBackend } = await import('../gradient/tensorflow.js')
  const { backend, description, missing } = await keepingTensorBackend(() => useTensorBackend())
  return {
    name: 'tensorflow',
    available: true,
    backend,
    description: `automatic differentiation in batches: ${description}`,
    absent: missing && `TensorFlow's own library: ${missing}`,
  }
}

/** What of the settings not every engine can do, as a flag, and the engines that can. */
const OFFERS: readonly {
  readonly engines: readonly EngineName[]
  flagIn(settings: CbowSettings): string | undefined
}[] = [
  { engines: ['tensorflow', 'cpu'], flagIn: ({ batchSize }) => (batchSize > 1 ? '--batch-size' : undefined) },
  {
    engines: ['tensorflow', 'cpu'],
    flagIn: ({ optimizer }) => (optimizer === 'sgd' ? undefined : `--optimizer ${optimizer}`),
  },
  { engines: ['tensorflow'], flagIn: ({ gradients }) => (gradients === 'dense' ? '--gradients dense' : undefined) },
]

/** The first thing in the settings that an engine cannot do. */
function lackOf(name: EngineName, settings: CbowSettings) {
  return OFFERS.find(({ engines, flagIn }) => !engines.includes(name) && flagIn(settings) !== undefined)
}

/** An engine, and why it was taken. */
export interface ChosenEngine {
  readonly name: EngineName
  readonly reason: string
}

/**
 * The engine that was asked for; for `auto` the kernel where it can do what is asked for, else TensorFlow.
 * @throws UserError when the engine that was asked for cannot do it
 */
export function chooseEngine(options: CbowOptions): ChosenEngine {
  const name = options.engine === 'auto' ? 'wasm' : options.engine
  const settings = settingsOf(options, name)
  const lack = lackOf(name, settings)
  if (options.engine !== 'auto') {
    if (!lack) return { name, reason: 'asked for' }
    throw new UserError(`engine ${name} has no ${lack.flagIn(settings)}; take --engine ${lack.engines.join(' or ')}`)
  }
  if (!lack) return { name, reason: 'taken by auto as the fastest that is here' }
  return { name: 'tensorflow', reason: `taken by auto, since engine wasm has no ${lack.flagIn(settings)}` }
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
