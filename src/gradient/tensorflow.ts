import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import * as tf from '@tensorflow/tfjs-core'
// Importing the layers registers the gradients of all operations; tfjs-core alone has none.
import '@tensorflow/tfjs-layers'
import { UserError } from '../base/errors.js'
import { isNativeBackend, nativeBackend } from './native-backend.js'
import { bindingFile, TFJS_NODE, tfjsNodeFolder } from './native-binding.js'

/** Where TensorFlow.js computes: TensorFlow's own library, WebAssembly, or plain JavaScript. */
export type TensorBackend = 'native' | 'wasm' | 'cpu'

/** What TensorFlow.js computes on. */
export interface TensorRuntime {
  readonly backend: TensorBackend
  /** Version of TensorFlow's library; only on `native`. */
  readonly tensorflowVersion?: string
  /** Whether the native library computes on a GPU. */
  readonly gpu: boolean
  /** One line that says what computes and why. */
  readonly description: string
  /** Why the native library, which is faster, was looked for and not taken, and what would bring it. */
  readonly missing?: string
}

const REGISTERED = { native: 'tensorflow', wasm: 'wasm', cpu: 'cpu' } as const

/**
 * Makes TensorFlow.js compute on the wanted backend; `auto` takes the native one where it is there, then wasm.
 * @throws UserError when the wanted backend is not there
 */
export async function useTensorBackend(wanted: TensorBackend | 'auto' = 'auto'): Promise<TensorRuntime> {
  if (wanted === 'cpu') return useCpu()
  if (wanted === 'wasm') return useWasm('asked for')
  const native = await loadNative()
  if (typeof native !== 'string') return native
  if (wanted === 'auto') return { ...(await useWasm(native)), missing: native }
  throw new UserError(`engine tensorflow: ${native}; use --engine wasm, or --engine auto to take what is there`)
}

/** TensorFlow.js gives up a start when another begins, so all who wait for one wait for the same. */
let starting: Promise<TensorRuntime> | undefined

/** Keeps the backend in use where the program has one already (it may be training on it), else takes the best there is. */
export async function ensureTensorBackend(): Promise<void> {
  if (tf.getBackend()) {
    await tf.ready()
    return
  }
  starting ??= useTensorBackend().finally(() => {
    starting = undefined
  })
  await starting
}

/** Does work that takes a backend, and gives the program back the one it had, if it had one. */
export async function keepingTensorBackend<T>(work: () => Promise<T>): Promise<T> {
  const before = tf.getBackend()
  try {
    return await work()
  } finally {
    if (before) await start(before)
  }
}

/**
 * Does work on a backend that was taken before, and gives the program back the one it has. Nothing else can run in
 * between: for a backend that has been started, `setBackend` has switched when it returns.
 */
export function onBackend<T>(backend: TensorBackend, work: () => T): T {
  const before = tf.getBackend()
  const name = REGISTERED[backend]
  if (before === name) return work()
  void tf.setBackend(name)
  if (tf.getBackend() !== name) throw new Error(`the TensorFlow.js backend '${name}' was not started before`)
  try {
    return work()
  } finally {
    if (before) void tf.setBackend(before)
  }
}

/** The name that `--engine` has for a backend; a backend of the caller's own has its own. */
export function engineOn(backend: string): string {
  return backend === 'native' ? 'tensorflow' : backend
}

/** What TensorFlow.js computes on now; a backend of the caller's own by the name it has there. Nothing where none is. */
export function backendInUse(): { readonly backend?: string; readonly tensorflowVersion?: string } {
  const name = tf.getBackend()
  if (!name) return {}
  if (name !== REGISTERED.native) return { backend: name }
  return { backend: 'native', tensorflowVersion: nativeBackend()?.binding.TF_Version }
}

async function useCpu(): Promise<TensorRuntime> {
  await import('@tensorflow/tfjs-backend-cpu')
  await start(REGISTERED.cpu)
  // The backend greets the user on its first tensor; a production library is not greeted.
  const production = tf.env().getBool('PROD')
  tf.env().set('PROD', true)
  tf.scalar(0).dispose()
  tf.env().set('PROD', production)
  return { backend: 'cpu', gpu: false, description: "TensorFlow.js on plain JavaScript ('cpu')" }
}

async function useWasm(reason: string): Promise<TensorRuntime> {
  await import('@tensorflow/tfjs-backend-wasm')
  await start(REGISTERED.wasm)
  return { backend: 'wasm', gpu: false, description: `TensorFlow.js on WebAssembly (${reason})` }
}

async function start(name: string): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`the TensorFlow.js backend '${name}' does not start`)
}

/**
 * tfjs-node 4.22 calls two functions of `node:util` that Node 22 warns of and Node 23 has removed (tensorflow/tfjs
 * issue 8609).
 */
function restoreUtil(): void {
  const util: object = createRequire(import.meta.url)('node:util')
  Object.assign(util, { isArray: Array.isArray, isNullOrUndefined: (value: unknown) => value == null })
}

/** Loads tfjs-node, or says in a few words why it cannot be had and what would bring it. */
async function loadNative(): Promise<TensorRuntime | string> {
  const folder = tfjsNodeFolder()
  if (folder === undefined) return `${TFJS_NODE} is not installed: npx setup-tensorflow brings it`
  if (!existsSync(bindingFile(folder))) return `${TFJS_NODE} has no binding: npx setup-tensorflow builds it`
  // Read by the library while it loads: quiet on stderr, reproducible kernels, no grab of the whole GPU memory.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3'
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '0'
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true'
  restoreUtil()
  try {
    const name: string = TFJS_NODE
    await import(name)
  } catch (error) {
    const [said] = String(error instanceof Error ? error.message : error).split('\n')
    return `${TFJS_NODE} does not load (${said}): npx setup-tensorflow mends it`
  }
  if (!(await tf.setBackend(REGISTERED.native)))
    return `${TFJS_NODE} does not start: npx setup-tensorflow --check says why`
  const backend = tf.findBackend(REGISTERED.native)
  if (!isNativeBackend(backend)) return `${TFJS_NODE} has registered no native backend`
  const gpu = backend.isUsingGpuDevice
  const tensorflowVersion = backend.binding.TF_Version
  const device = gpu ? 'a GPU' : 'the CPU'
  return { backend: 'native', gpu, tensorflowVersion, description: `TensorFlow ${tensorflowVersion} on ${device}` }
}
