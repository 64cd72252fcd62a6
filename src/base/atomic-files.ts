import { constants } from 'node:fs'
import { access, type FileHandle, mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { errorCode, fileError, UserError } from './errors.js'

/** The largest piece handed to one system call: Linux cuts a longer one below 2 GiB. */
const LARGEST_WRITE = 1 << 26

export interface AtomicFileOptions {
  /**
   * Leaves the partial file where it is when a write fails, so that the work can be resumed from it. By default it is
   * removed.
   */
  readonly keepPartial?: boolean
  /**
   * Goes on with the partial file that an earlier run left: its first so many bytes are kept, the rest is cut off.
   * Undefined: a new file.
   */
  readonly resumeAt?: number
}

/**
 * A file that appears whole or not at all: it is written beside as `PATH.partial`, and takes its name when all of it
 * is on the disk. A device or a pipe (`/dev/stdout`) has no name to take: it is written straight.
 *
 * Every failure of the file system is thrown as a UserError that names the path, and removes the partial file.
 */
export class AtomicFile {
  readonly #handle: FileHandle
  readonly #options: AtomicFileOptions
  #closed = false
  #bytes: number

  private constructor(
    readonly path: string,
    /** Where the bytes are until `commit`; the path itself for a device. */
    readonly partialPath: string,
    handle: FileHandle,
    options: AtomicFileOptions,
  ) {
    this.#handle = handle
    this.#options = options
    this.#bytes = options.resumeAt ?? 0
  }

  /**
   * Opens the partial file, making the folders above it.
   * @throws UserError when the path is a folder or cannot be written, or when there is less to resume than asked for
   */
  static async open(path: string, options: AtomicFileOptions = {}): Promise<AtomicFile> {
    const straight = await isDevice(path)
    const partialPath = straight ? path : `${path}.partial`
    // Nothing is made beside a device, whose folder is seldom the user's.
    if (!straight) await ensureOutputFolder(dirname(path))
    try {
      const handle = await open(partialPath, options.resumeAt === undefined ? 'w' : 'r+')
      if (options.resumeAt !== undefined) await cutAt(handle, options.resumeAt, partialPath)
      return new AtomicFile(path, partialPath, handle, options)
    } catch (error) {
      throw fileError(error, partialPath)
    }
  }

  /** Bytes written so far, those resumed from counted. */
  get bytes(): number {
    return this.#bytes
  }

  /** Appends text as UTF-8, or bytes. One call at a time. */
  async write(chunk: string | Uint8Array): Promise<void> {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    const positioned = this.partialPath !== this.path
    try {
      for (let done = 0; done < bytes.length; ) {
        const length = Math.min(bytes.length - done, LARGEST_WRITE)
        // A nearly full disk takes a part and says so; only the next call fails.
        const { bytesWritten } = await this.#handle.write(bytes, done, length, positioned ? this.#bytes : null)
        done += bytesWritten
        this.#bytes += bytesWritten
      }
    } catch (error) {
      await this.#fail(error)
    }
  }

  /** Waits for the disk, closes, and gives the file its name. */
  async commit(): Promise<void> {
    try {
      if (this.partialPath !== this.path) await this.#handle.sync()
      await this.#close()
      if (this.partialPath !== this.path) await rename(this.partialPath, this.path)
    } catch (error) {
      await this.#fail(error)
    }
  }

  /** Closes and removes the partial file; what stood at the path before stays. Does nothing after `commit`. */
  async abandon(): Promise<void> {
    if (this.#closed) return
    await this.#close()
    await this.#removePartial()
  }

  /** Closes and leaves the partial file for a later run. Does nothing after `commit`. */
  async suspend(): Promise<void> {
    if (!this.#closed) await this.#close()
  }

  async #close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#handle.close()
  }

  async #removePartial(): Promise<void> {
    if (this.partialPath !== this.path) await rm(this.partialPath, { force: true })
  }

  async #fail(error: unknown): Promise<never> {
    // What is told is why the work failed, not what went wrong while tidying up after it.
    await this.#close().catch(() => {})
    if (!this.#options.keepPartial) await this.#removePartial().catch(() => {})
    throw fileError(error, this.path)
  }
}

/** Writes a whole file at once: it appears whole or not at all. */
export async function writeFileAtomically(path: string, data: string | Uint8Array): Promise<void> {
  const file = await AtomicFile.open(path)
  await file.write(data)
  await file.commit()
}

/**
 * Makes a folder, and those above it, where it is not there yet.
 * @throws UserError when it cannot be made or written to
 */
export async function ensureOutputFolder(folder: string): Promise<void> {
  await makeFolder(folder)
}

/**
 * Does work that fills a folder. Where the work fails, a folder that was made for it and is still empty is removed.
 * @throws UserError when it cannot be made or written to, before the work begins
 */
export async function inOutputFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const made = await makeFolder(folder)
  try {
    return await work()
  } catch (error) {
    // What is told is why the work failed; a folder that holds something stays.
    if (made) await rmdir(folder).catch(() => {})
    throw error
  }
}

/** @returns whether it was not there before */
async function makeFolder(folder: string): Promise<boolean> {
  try {
    const made = await makeWithParents(folder)
    await access(folder, constants.W_OK | constants.X_OK)
    return made
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw new UserError(`${folder}: is a file, a folder is needed`, { cause: error })
    throw fileError(errorCode(error) === 'ENOENT' ? await whyNotMade(folder, error) : error, folder)
  }
}

/** Node's own `recursive` never ends where a folder cannot be made in one that is there (`/proc`), on Linux. */
async function makeWithParents(folder: string): Promise<boolean> {
  try {
    return await makeOne(folder)
  } catch (error) {
    const above = dirname(resolve(folder))
    if (errorCode(error) !== 'ENOENT' || above === folder) throw error
    await makeWithParents(above)
    return makeOne(folder)
  }
}

/** @returns false where the folder is there already, be it that another writer has just made it */
async function makeOne(folder: string): Promise<boolean> {
  try {
    await mkdir(folder)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST' && (await stat(folder)).isDirectory()) return false
    throw error
  }
}

/** Node says 'no such folder' of one that a read-only file system does not let it make: the folder above says why. */
async function whyNotMade(folder: string, error: unknown): Promise<unknown> {
  for (let above = dirname(resolve(folder)); ; above = dirname(above)) {
    const reason: unknown = await access(above, constants.W_OK | constants.X_OK).then(
      () => error,
      (reason: unknown) => reason,
    )
    if (reason === error || errorCode(reason) !== 'ENOENT' || above === dirname(above)) return reason
  }
}

/**
 * Makes the folders above a file that is to be written at the end of long work.
 * @throws UserError when it is a folder, or cannot be written there
 */
export async function ensureWritable(path: string): Promise<void> {
  if (!(await isDevice(path))) await ensureOutputFolder(dirname(path))
}

async function isDevice(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory()) throw new UserError(`${path}: is a folder, a file is needed`)
  return found !== undefined && !found.isFile()
}

async function cutAt(handle: FileHandle, bytes: number, path: string): Promise<void> {
  try {
    const { size } = await handle.stat()
    if (size < bytes) {
      throw new UserError(`${path}: holds ${size} bytes, ${bytes} are to be resumed from; begin anew without resuming`)
    }
    await handle.truncate(bytes)
  } catch (error) {
    await handle.close()
    throw error
  }
}

/**
 * Refuses a folder that holds something; one that does not exist is empty.
 * @throws UserError that names it
 */
export async function requireEmptyFolder(folder: string): Promise<void> {
  const names: string[] = await readdir(folder).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return []
    throw fileError(error, folder)
  })
  if (names.length > 0) {
    throw new UserError(`${folder}: is not empty; name another folder, or write into it with --force`)
  }
}
