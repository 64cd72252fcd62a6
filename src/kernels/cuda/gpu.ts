import { setImmediate, setTimeout } from 'node:timers/promises'
import { UserError } from '../../base/errors.js'
import { CudaError, CudaResult } from './cuda-error.js'
import { Driver, type DriverFunction, type Handle } from './driver.js'
import { type Program, readPtx, versionName } from './ptx.js'

/** Numbers of CUdevice_attribute. */
const ATTRIBUTE = { processors: 16, capabilityMajor: 75, capabilityMinor: 76, sharedBytes: 97 } as const
/** CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES: more than 48 KB of shared memory has to be asked for. */
const MAX_DYNAMIC_SHARED = 8
/** CU_STREAM_NON_BLOCKING, CU_EVENT_DISABLE_TIMING. */
const NON_BLOCKING = 1
const NO_TIMING = 2
/** Bytes; what cuMemAlloc aligns to. */
const ALIGNMENT = 256

/** How a kernel is launched. */
export interface Launch {
  readonly blocks: number
  readonly threads: number
  /** Bytes of shared memory of a block. */
  readonly sharedBytes: number
}

/**
 * The first GPU that the driver shows (CUDA_VISIBLE_DEVICES chooses), with everything that was made on it. All is freed by
 * {@link close}, also after a failure.
 */
export class Gpu {
  readonly name: string
  /** The CUDA version that the driver serves, `13.0`. */
  readonly cudaVersion: string
  /** Multiprocessors. */
  readonly processors: number
  /** Bytes of shared memory that a block may have. */
  readonly sharedBytes: number
  readonly #driver: Driver
  readonly #module: Handle
  /** What is to be called at the end, the last first. */
  readonly #frees: [DriverFunction, Handle | number][] = []

  private constructor(driver: Driver, program: Program) {
    this.#driver = driver
    driver.call('cuInit', 0)
    const version = driver.int('cuDriverGetVersion')
    this.cudaVersion = versionName(version)
    if (driver.int('cuDeviceGetCount') === 0) throw new CudaError('cuDeviceGetCount', CudaResult.noDevice, 'no GPU')
    const device = driver.int('cuDeviceGet', 0)
    const name = new Uint8Array(256)
    driver.call('cuDeviceGetName', name, name.length, device)
    this.name = new TextDecoder().decode(name.subarray(0, name.indexOf(0)))
    const attribute = (number: number) => driver.int('cuDeviceGetAttribute', number, device)
    this.processors = attribute(ATTRIBUTE.processors)
    this.sharedBytes = attribute(ATTRIBUTE.sharedBytes)
    const capability = 10 * attribute(ATTRIBUTE.capabilityMajor) + attribute(ATTRIBUTE.capabilityMinor)
    try {
      const context = driver.handle('cuDevicePrimaryCtxRetain', device)
      this.#frees.push(['cuDevicePrimaryCtxRelease_v2', device])
      driver.call('cuCtxSetCurrent', context)
      this.#module = driver.handle('cuModuleLoadData', readPtx(program, capability, version, this.name))
      this.#frees.push(['cuModuleUnload', this.#module])
    } catch (error) {
      this.close()
      throw error
    }
  }

  /**
   * Opens the GPU and compiles a program for it.
   * @throws UserError when there is no driver or no GPU, or when one of them is too old
   */
  static async open(program: Program): Promise<Gpu> {
    return new Gpu(await Driver.load(), program)
  }

  /** Bytes of memory that are free, and that there are. */
  memory(): { free: number; total: number } {
    const [free, total] = [new BigUint64Array(1), new BigUint64Array(1)]
    this.#driver.call('cuMemGetInfo_v2', free, total)
    return { free: Number(free[0]), total: Number(total[0]) }
  }

  /** Memory of so many bytes, not filled. */
  allocate(bytes: number): Handle {
    const address = this.#driver.handle('cuMemAlloc_v2', Math.max(1, bytes))
    this.#frees.push(['cuMemFree_v2', address])
    return address
  }

  /**
   * One piece of memory in parts of so many bytes: all of it is had, or none.
   * @returns the address of each part, aligned for any use; the first one frees all
   */
  allocateParts(...bytes: readonly number[]): [Handle, ...Handle[]] {
    const sizes = bytes.map((size) => Math.ceil(size / ALIGNMENT) * ALIGNMENT)
    const whole = this.allocate(sizes.reduce((sum, size) => sum + size, 0))
    let next = whole
    const [, ...others] = sizes.map((size) => (next += BigInt(size)) - BigInt(size))
    return [whole, ...others]
  }

  /** Frees memory before the end. What a lost GPU has to say of it, it says to the next call as well. */
  free(address: Handle): void {
    const at = this.#frees.findIndex(([name, handle]) => name === 'cuMemFree_v2' && handle === address)
    if (at < 0) throw new RangeError('this memory was not allocated here')
    this.#frees.splice(at, 1)
    this.#driver.result('cuMemFree_v2', address)
  }

  /** Memory that holds a copy of an array. */
  allocateFor(values: ArrayBufferView, stream: Handle): Handle {
    const address = this.allocate(values.byteLength)
    if (values.byteLength > 0) this.upload(address, values, stream)
    return address
  }

  /** Copies to the GPU; the array may change when this returns. */
  upload(to: Handle, values: ArrayBufferView, stream: Handle): void {
    this.#driver.call('cuMemcpyHtoDAsync_v2', to, values, values.byteLength, stream)
  }

  /** Copies from the GPU when the stream comes to it; the array is filled when the stream has finished. */
  download(values: ArrayBufferView, from: Handle, stream: Handle): void {
    this.#driver.call('cuMemcpyDtoHAsync_v2', values, from, values.byteLength, stream)
  }

  /** Sets bytes to 0 when the stream comes to it. */
  clear(address: Handle, bytes: number, stream: Handle): void {
    this.#driver.call('cuMemsetD8Async', address, 0, bytes, stream)
  }

  /** A stream of work: one thing after another, beside the work of other streams. */
  stream(): Handle {
    const stream = this.#driver.handle('cuStreamCreate', NON_BLOCKING)
    this.#frees.push(['cuStreamDestroy_v2', stream])
    return stream
  }

  /** A mark that streams can set and wait for. */
  event(): Handle {
    const event = this.#driver.handle('cuEventCreate', NO_TIMING)
    this.#frees.push(['cuEventDestroy_v2', event])
    return event
  }

  /** Sets a mark behind what a stream has to do. */
  record(event: Handle, stream: Handle): void {
    this.#driver.call('cuEventRecord', event, stream)
  }

  /** Lets a stream wait for a mark that was set, if it was. */
  waitFor(event: Handle, stream: Handle): void {
    this.#driver.call('cuStreamWaitEvent', stream, event, 0)
  }

  /**
   * A kernel by name, for launches with so much shared memory.
   * @throws UserError when the GPU has too little
   */
  kernel(name: string, { sharedBytes }: Pick<Launch, 'sharedBytes'>): Handle {
    if (sharedBytes > this.sharedBytes) {
      throw new UserError(
        `${this.name} has ${this.sharedBytes} bytes of shared memory for a block, ${sharedBytes} are needed; ` +
          'lower --window or --negative',
      )
    }
    const kernel = this.#driver.handle('cuModuleGetFunction', this.#module, name)
    this.#driver.call('cuFuncSetAttribute', kernel, MAX_DYNAMIC_SHARED, sharedBytes)
    return kernel
  }

  /**
   * Launches a kernel, which runs when the stream comes to it.
   * @param problem the bytes of its parameter
   */
  launch(kernel: Handle, { blocks, threads, sharedBytes }: Launch, problem: ArrayBufferView, stream: Handle): void {
    this.#driver.call('cuLaunchKernel', kernel, blocks, 1, 1, threads, 1, 1, sharedBytes, stream, [problem], null)
  }

  /**
   * When a stream has done all its work. The program goes on meanwhile.
   * @throws CudaError when the work has failed
   */
  async finished(stream: Handle): Promise<void> {
    for (let asked = 0; ; asked++) {
      const code = this.#driver.result('cuStreamQuery', stream)
      if (code !== CudaResult.notReady) return this.#driver.check('cuStreamQuery', code)
      await (asked < 100 ? setImmediate() : setTimeout(1))
    }
  }

  /** Waits until a stream has done all its work, and does nothing else. */
  finish(stream: Handle): void {
    this.#driver.call('cuStreamSynchronize', stream)
  }

  /** Frees everything. What cannot be freed, because the GPU is lost, goes with the process. */
  close(): void {
    for (const [name, handle] of this.#frees.reverse()) this.#driver.result(name, handle)
    this.#frees.length = 0
  }
}

/** What GPU engine cuda would take, or why there is none. */
export async function findGpu(): Promise<{ gpu: string; cudaVersion: string } | { absent: string }> {
  try {
    const gpu = await Gpu.open('cbow')
    gpu.close()
    return { gpu: gpu.name, cudaVersion: gpu.cudaVersion }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { absent: error.message }
  }
}
