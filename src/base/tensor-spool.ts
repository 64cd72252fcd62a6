import { type FileHandle, open, rm } from 'node:fs/promises'
import { fileError } from './errors.js'
import { type TensorData, writeSafetensorsOf } from './safetensors.js'

/** Bytes that wait to be written, and that are copied at a time. */
const BLOCK = 1 << 20

/**
 * Tensors that go into one safetensors file as they come: their header, which lies before them, can be written only when all
 * are there. Until then the values lie in a file beside, and only names and shapes in memory.
 */
export class TensorSpool {
  readonly #shapes = new Map<string, readonly number[]>()
  #waiting: Uint8Array[] = []
  #bytesWaiting = 0
  #written = 0

  private constructor(
    readonly path: string,
    readonly handle: FileHandle,
  ) {}

  /** @throws UserError when the file of values cannot be made */
  static async open(path: string): Promise<TensorSpool> {
    const handle = await open(path, 'w+').catch((error: unknown) => {
      throw fileError(error, path)
    })
    return new TensorSpool(path, handle)
  }

  /** @throws UserError when the values cannot be written */
  async add(name: string, { values, shape }: TensorData): Promise<void> {
    this.#shapes.set(name, shape)
    this.#waiting.push(Buffer.from(values.buffer, values.byteOffset, values.byteLength))
    this.#bytesWaiting += values.byteLength
    if (this.#bytesWaiting >= BLOCK) await this.#flush()
  }

  /**
   * Writes what there is as a safetensors file, which appears whole or not at all, and removes the file of values.
   * @throws UserError when it cannot be written
   */
  async commit(path: string, metadata: Readonly<Record<string, string>>): Promise<void> {
    await this.#flush()
    await writeSafetensorsOf(path, this.#shapes, this.#blocks(), metadata)
    await this.abandon()
  }

  /** Removes the file of values. */
  async abandon(): Promise<void> {
    await this.handle.close()
    await rm(this.path, { force: true })
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#bytesWaiting = 0
    try {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await this.handle.write(bytes, done, bytes.length - done, this.#written)
        done += bytesWritten
        this.#written += bytesWritten
      }
    } catch (error) {
      throw fileError(error, this.path)
    }
  }

  async *#blocks(): AsyncGenerator<Uint8Array> {
    const block = new Uint8Array(BLOCK)
    for (let done = 0; done < this.#written; ) {
      const { bytesRead } = await this.handle.read(block, 0, Math.min(BLOCK, this.#written - done), done)
      if (bytesRead === 0) throw new Error(`${this.path}: became shorter while it was read`)
      yield block.subarray(0, bytesRead)
      done += bytesRead
    }
  }
}
