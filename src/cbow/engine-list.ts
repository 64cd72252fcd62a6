import type { EngineName } from './cbow-options.js'

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

/** Engine cuda, and the GPU that is there or why there is none. */
export async function cudaStatus(): Promise<EngineStatus> {
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
