import { UserError } from '../base/errors.js'
import { hasNativeBinding } from '../gradient/native-binding.js'
import { MOST_DIMENSIONS } from '../kernels/cuda/rows.js'
import { type CbowOptions, type CbowSettings, type EngineName, settingsOf } from './cbow-options.js'
import type { ChunkLoss, Engine, EngineJob } from './engines/engine.js'

/** An engine, and whether it can be had here. */
export interface EngineStatus {
  readonly name: EngineName
  readonly available: boolean
  /** What computes beneath: `cuda`, `wasm`, `native`, `cpu`. */
  readonly backend: string
  /** What it is and what it computes on, or why it is absent. */
  readonly description: string
  /** What it could compute on here and does not, and the command that would bring it. */
  readonly absent?: string
}

/**
 * The engines, the fastest first. Looks for a GPU and for TensorFlow's library, which takes a moment; what TensorFlow.js
 * computes on stays.
 */
export async function engineList(): Promise<EngineStatus[]> {
  return [
    await cudaStatus(),
    { name: 'wasm', available: true, backend: 'wasm', description: 'our WebAssembly kernel in threads, word by word' },
    await tensorflowStatus(),
    { name: 'cpu', available: true, backend: 'cpu', description: 'the plain reference in JavaScript, one thread' },
  ]
}

async function cudaStatus(): Promise<EngineStatus> {
  const { findGpu } = await import('../kernels/cuda/gpu.js')
  const found = await findGpu()
  const status = { name: 'cuda', backend: 'cuda' } as const
  if ('absent' in found) return { ...status, available: false, description: found.absent }
  return { ...status, available: true, description: `our CUDA kernel on ${found.gpu} (CUDA ${found.cudaVersion})` }
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
  {
    engines: ['wasm', 'tensorflow', 'cpu'],
    flagIn: ({ loss }) => (loss === 'negative-sampling' ? undefined : `--loss ${loss}`),
  },
  {
    engines: ['wasm', 'tensorflow', 'cpu'],
    flagIn: ({ dimensions }) => (dimensions > MOST_DIMENSIONS ? `--dimensions above ${MOST_DIMENSIONS}` : undefined),
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

/** Whether engine cuda can do what is asked for; it gives other bytes each time, and has no threads. */
function isForGpu(options: CbowOptions): boolean {
  return !options.reproducible && options.threads === undefined && !lackOf('cuda', settingsOf(options, 'cuda'))
}

/**
 * The engine that was asked for; for `auto` the fastest that is here and can do what is asked for. Without TensorFlow's
 * own library the plain engine trains batches faster than TensorFlow.js on WebAssembly.
 * @throws UserError when the engine that was asked for cannot do it, or is cuda and there is no GPU
 */
export async function chooseEngine(options: CbowOptions, native = hasNativeBinding()): Promise<ChosenEngine> {
  const name = options.engine === 'auto' ? 'wasm' : options.engine
  const settings = settingsOf(options, name)
  const lack = lackOf(name, settings)
  if (options.engine !== 'auto') {
    if (lack) {
      throw new UserError(`engine ${name} has no ${lack.flagIn(settings)}; take --engine ${lack.engines.join(' or ')}`)
    }
    // Before a long corpus is read for nothing.
    const gpu = name === 'cuda' ? await cudaStatus() : undefined
    if (gpu && !gpu.available) throw new UserError(gpu.description)
    return { name, reason: 'asked for' }
  }
  if (lack) {
    const reason = `taken by auto, since engine wasm has no ${lack.flagIn(settings)}`
    if (native || lackOf('cpu', settings)) return { name: 'tensorflow', reason }
    return {
      name: 'cpu',
      reason: `${reason}, and TensorFlow's own library is not here: npx setup-tensorflow brings it`,
    }
  }
  const gpu = isForGpu(options) ? await cudaStatus() : undefined
  if (gpu?.available) return { name: 'cuda', reason: FASTEST }
  return { name, reason: gpu ? `${FASTEST}; engine cuda is passed over: ${gpu.description}` : FASTEST }
}

const FASTEST = 'taken by auto as the fastest that is here'

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
