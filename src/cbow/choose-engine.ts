import { UserError } from '../base/errors.js'
import { hasNativeBinding } from '../gradient/native-binding.js'
import { MOST_DIMENSIONS } from '../kernels/cuda/rows.js'
import { type CbowOptions, type CbowSettings, type EngineName, settingsOf } from './cbow-options.js'
import { cudaStatus } from './engine-list.js'

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
