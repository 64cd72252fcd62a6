import { stat } from 'node:fs/promises'
import { fileError, UserError } from '../../base/errors.js'
import type { Progress } from '../../base/progress.js'
import { readBytes } from '../../text/read-text.js'

/** Reads a file of words and numbers piece by piece in bounded memory, unpacked where it is packed. */
export class ByteReader {
  #rest: Buffer = Buffer.alloc(0)
  #chunks: AsyncGenerator<Buffer>

  private constructor(
    readonly path: string,
    /** Bytes on the disk, compressed ones where it is compressed. */
    readonly fileBytes: number,
    readonly progress: Progress | undefined,
  ) {
    let done = 0
    const onBytes = (bytes: number) => progress?.update((done += bytes))
    this.#chunks = readBytes(path, { onBytes })
  }

  /** @throws UserError when the file is missing, a folder, or empty */
  static async open(path: string, progress?: Progress): Promise<ByteReader> {
    const found = await stat(path).catch((error: unknown) => {
      throw fileError(error, path)
    })
    if (found.isDirectory()) throw new UserError(`${path}: is a folder, a file is needed`)
    if (found.isFile() && found.size === 0) throw new UserError(`${path}: is empty`)
    progress?.start(`reading ${path}`, found.isFile() ? found.size : undefined, 'bytes')
    return new ByteReader(path, found.size, progress)
  }

  /**
   * The bytes up to the next `delimiter`, which is taken too but not given; at the end of the file what is left, and
   * undefined when nothing is left.
   * @throws UserError when there are more than `longest` of them
   */
  async until(delimiter: number, longest: number): Promise<Buffer | undefined> {
    for (let searched = 0; ; ) {
      const found = this.#rest.indexOf(delimiter, searched)
      if (found > longest || (found < 0 && this.#rest.length > longest)) {
        throw new UserError(`${this.path}: a word or line is longer than ${longest} bytes; these are no word vectors`)
      }
      if (found >= 0) return this.#take(found, 1)
      searched = this.#rest.length
      if (!(await this.#fill())) return searched === 0 ? undefined : this.#take(searched, 0)
    }
  }

  /** The next `count` bytes; fewer at the end of the file. */
  async take(count: number): Promise<Buffer> {
    while (this.#rest.length < count && (await this.#fill())) {
      // Until there are enough.
    }
    return this.#take(Math.min(count, this.#rest.length), 0)
  }

  /** Takes the next byte when it is this one. */
  async skip(byte: number): Promise<void> {
    if (this.#rest.length === 0) await this.#fill()
    if (this.#rest[0] === byte) this.#rest = this.#rest.subarray(1)
  }

  async close(): Promise<void> {
    this.progress?.stop()
    await this.#chunks.return(undefined)
  }

  #take(count: number, dropped: number): Buffer {
    const taken = this.#rest.subarray(0, count)
    this.#rest = this.#rest.subarray(count + dropped)
    return taken
  }

  async #fill(): Promise<boolean> {
    const next = await this.#chunks.next()
    if (next.done) return false
    this.#rest = this.#rest.length === 0 ? next.value : Buffer.concat([this.#rest, next.value])
    return true
  }
}
