import type { LibraryHandle } from 'koffi'
import { errorCode, UserError } from '../../base/errors.js'
import { CudaError, CudaResult } from './cuda-error.js'

/** Handles, and addresses in the GPU's memory. */
export type Handle = bigint

/**
 * The functions of the CUDA driver that are called here, as C declares them, but every handle as the number it is. What
 * a function gives back it writes into a typed array.
 */
const FUNCTIONS = {
  cuInit: 'uint32_t flags',
  cuDriverGetVersion: 'void *version',
  cuDeviceGetCount: 'void *count',
  cuDeviceGet: 'void *device, int number',
  cuDeviceGetName: 'void *name, int length, int device',
  cuDeviceGetAttribute: 'void *value, int attribute, int device',
  cuDevicePrimaryCtxRetain: 'void *context, int device',
  cuDevicePrimaryCtxRelease_v2: 'int device',
  cuCtxSetCurrent: 'uintptr_t context',
  cuModuleLoadData: 'void *module, const char *ptx',
  cuModuleUnload: 'uintptr_t module',
  cuModuleGetFunction: 'void *function, uintptr_t module, const char *name',
  cuFuncSetAttribute: 'uintptr_t function, int attribute, int value',
  cuMemGetInfo_v2: 'void *free, void *total',
  cuMemAlloc_v2: 'void *address, size_t bytes',
  cuMemFree_v2: 'uint64_t address',
  cuMemcpyHtoDAsync_v2: 'uint64_t to, const void *from, size_t bytes, uintptr_t stream',
  cuMemcpyDtoHAsync_v2: 'void *to, uint64_t from, size_t bytes, uintptr_t stream',
  cuMemsetD8Async: 'uint64_t address, uint8_t value, size_t bytes, uintptr_t stream',
  cuStreamCreate: 'void *stream, uint32_t flags',
  cuStreamDestroy_v2: 'uintptr_t stream',
  cuStreamQuery: 'uintptr_t stream',
  cuStreamSynchronize: 'uintptr_t stream',
  cuStreamWaitEvent: 'uintptr_t stream, uintptr_t event, uint32_t flags',
  cuEventCreate: 'void *event, uint32_t flags',
  cuEventDestroy_v2: 'uintptr_t event',
  cuEventRecord: 'uintptr_t event, uintptr_t stream',
  cuLaunchKernel:
    'uintptr_t kernel, uint32_t gridX, uint32_t gridY, uint32_t gridZ, uint32_t blockX, uint32_t blockY, ' +
    'uint32_t blockZ, uint32_t sharedBytes, uintptr_t stream, void **parameters, void **extra',
} as const
export type DriverFunction = keyof typeof FUNCTIONS

type Argument = number | bigint | string | ArrayBufferView | readonly ArrayBufferView[] | null

/** What is loaded where no library is named. */
const LIBRARIES: Partial<Record<NodeJS.Platform, string>> = { linux: 'libcuda.so.1', win32: 'nvcuda.dll' }

/** The CUDA driver's library: nothing but the NVIDIA driver has to be there. */
export class Driver {
  readonly #functions = new Map<string, (...values: Argument[]) => unknown>()

  private constructor(readonly library: LibraryHandle) {}

  /**
   * Loads the library: the one that CBOW_CUDA_LIBRARY names, or the system's.
   * @throws UserError when it is not there
   */
  static async load(): Promise<Driver> {
    const path = process.env.CBOW_CUDA_LIBRARY || LIBRARIES[process.platform]
    if (path === undefined) throw new UserError(`CUDA is for Linux and Windows, not for ${process.platform}`)
    const { load } = await import('koffi').catch((error: unknown) => {
      if (errorCode(error) !== 'ERR_MODULE_NOT_FOUND') throw error
      throw new UserError('the package koffi, which calls the CUDA driver, is not installed: npm install koffi')
    })
    try {
      return new Driver(load(path))
    } catch (error) {
      throw new UserError(
        `no NVIDIA driver: ${path} cannot be loaded; install the driver of the GPU, or name its library in CBOW_CUDA_LIBRARY`,
        { cause: error },
      )
    }
  }

  /** Calls a function and returns its result. */
  result(name: DriverFunction, ...values: Argument[]): number {
    return Number(this.#function(name, `int ${name}(${FUNCTIONS[name]})`)(...values))
  }

  /**
   * Calls a function.
   * @throws CudaError unless it succeeds
   */
  call(name: DriverFunction, ...values: Argument[]): void {
    this.check(name, this.result(name, ...values))
  }

  /** @throws CudaError unless a function's result is success */
  check(name: DriverFunction, code: number): void {
    if (code !== CudaResult.success) throw new CudaError(name, code, this.#meaningOf(code))
  }

  /** Calls a function whose first argument is where it writes a handle; returns the handle. */
  handle(name: DriverFunction, ...values: Argument[]): Handle {
    const out = new BigUint64Array(1)
    this.call(name, out, ...values)
    return out[0]
  }

  /** Calls a function whose first argument is where it writes an int; returns the int. */
  int(name: DriverFunction, ...values: Argument[]): number {
    const out = new Int32Array(1)
    this.call(name, out, ...values)
    return out[0]
  }

  #function(name: string, declaration: string): (...values: Argument[]) => unknown {
    const known = this.#functions.get(name)
    if (known) return known
    try {
      const found = this.library.func(declaration)
      this.#functions.set(name, found)
      return found
    } catch (error) {
      throw new UserError(`the NVIDIA driver has no function ${name}: update it (450 or later)`, { cause: error })
    }
  }

  /** `CUDA_ERROR_OUT_OF_MEMORY (out of memory)`. */
  #meaningOf(code: number): string {
    const [name, text] = ['cuGetErrorName', 'cuGetErrorString'].map((asked) => {
      const out: (string | null)[] = [null]
      const ask = this.#function(asked, `int ${asked}(int code, _Out_ const char **text)`)
      return Number(Reflect.apply(ask, undefined, [code, out])) === CudaResult.success ? out[0] : null
    })
    return name === null ? `result ${code}` : `${name} (${text})`
  }
}
