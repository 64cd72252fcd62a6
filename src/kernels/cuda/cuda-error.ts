import { UserError } from '../../base/errors.js'

/** Results of the driver's functions that are told apart here. */
export const CudaResult = {
  success: 0,
  outOfMemory: 2,
  noDevice: 100,
  invalidPtx: 218,
  unsupportedPtxVersion: 222,
  notReady: 600,
} as const

const UPDATE_DRIVER = 'update the NVIDIA driver (450 or later; 530 or later for Hopper and newer)'
const LOOK = 'look at nvidia-smi and the system log'

/** What to do about a result; for what is not listed see {@link CudaError}. */
const REMEDIES: Record<number, string> = {
  [CudaResult.outOfMemory]: 'end other programs on the GPU (nvidia-smi lists them), or take a smaller model',
  3: LOOK,
  34: 'a stub of the driver was found in place of the driver: take it out of LD_LIBRARY_PATH',
  46: `the GPU is held by another process alone: ${LOOK}`,
  [CudaResult.noDevice]: 'look whether nvidia-smi lists a GPU, and whether CUDA_VISIBLE_DEVICES names one',
  101: 'CUDA_VISIBLE_DEVICES names a GPU that is not there',
  209: UPDATE_DRIVER,
  [CudaResult.invalidPtx]: UPDATE_DRIVER,
  [CudaResult.unsupportedPtxVersion]: UPDATE_DRIVER,
  802: 'the GPUs are still starting: wait, or start nvidia-fabricmanager',
  803: "the driver's library and the system's driver are of two versions: restart the machine",
  804: "the driver's library does not serve this GPU: remove the compatibility library, or update the driver",
}

/**
 * A function of the CUDA driver that did not succeed: which, what its result means, and what to do. Once a GPU has failed
 * at its work, every later call fails too.
 */
export class CudaError extends UserError {
  constructor(
    readonly call: string,
    readonly code: number,
    meaning: string,
  ) {
    const remedy = REMEDIES[code] ?? `the GPU is lost to this process: ${LOOK}, then go on with --resume`
    super(`CUDA: ${call} failed with ${meaning}; ${remedy}`)
  }
}
