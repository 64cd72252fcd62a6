import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileError } from '../base/errors.js'

const WORD_BYTES = Uint32Array.BYTES_PER_ELEMENT

/**
 * The numbered words of a corpus, in pieces of whole sentences: in shared memory while they fit, else in a file without
 * a name, which vanishes with the process however that ends. The memory is taken at once; the system gives it page by
 * page, as it is written to.
 */
export class NumberStore {
  /** [memoryWords], in shared memory: all words from the first on, while they are not on disk. */
  readonly memory: Uint32Array
  /** Lengths of the pieces. */
  #lengths: number[] = []
  #file: number | undefined
  #length = 0

  /**
   * @param memoryWords most words that are held in memory
   * @param folder for the file
   * @param signal its reason is thrown where it fires, between two pieces
   */
  constructor(
    readonly memoryWords: number,
    readonly folder: string,
    readonly signal?: AbortSignal,
  ) {
    this.memory = new Uint32Array(new SharedArrayBuffer(memoryWords * WORD_BYTES))
  }

  /** Words in it. */
  get length(): number {
    return this.#length
  }

  /** Whether the words are on the disk. */
  get isOnDisk(): boolean {
    return this.#file !== undefined
  }

  /**
   * Adds a copy of a piece.
   * @throws UserError when the disk is full
   */
  append(piece: Uint32Array): void {
    if (this.#file === undefined && this.#length + piece.length > this.memoryWords) {
      this.#file = openNameless(this.folder)
      this.#write(this.memory.subarray(0, this.#length), 0)
    }
    this.#write(piece, this.#length)
    this.#lengths.push(piece.length)
    this.#length += piece.length
  }

  /** The pieces in order, each good until the next is asked for; others may work in between. */
  async *pieces(): AsyncGenerator<Uint32Array> {
    const buffer = new Uint32Array(this.isOnDisk ? Math.max(0, ...this.#lengths) : 0)
    let position = 0
    for (const length of this.#lengths) {
      const piece = this.isOnDisk ? buffer.subarray(0, length) : this.memory.subarray(position, position + length)
      if (this.isOnDisk) this.read(position, piece)
      position += length
      yield piece
      // Lets a signal in.
      await setImmediate()
      this.signal?.throwIfAborted()
    }
  }

  /** Puts in place of each piece what `change` makes of it: as many words, or fewer. It may write into the piece. */
  async rewrite(change: (piece: Uint32Array) => Uint32Array): Promise<void> {
    const lengths: number[] = []
    let written = 0
    for await (const piece of this.pieces()) {
      const changed = change(piece)
      this.#write(changed, written)
      lengths.push(changed.length)
      written += changed.length
    }
    this.#length = written
    this.#lengths = lengths
    if (this.#file !== undefined) ftruncateSync(this.#file, written * WORD_BYTES)
  }

  /** Reads all words into memory, where they fit, and lets go of the file. */
  toMemory(): void {
    if (!this.isOnDisk || this.#length > this.memoryWords) return
    this.read(0, this.memory.subarray(0, this.#length))
    this.close()
  }

  /** Fills `into` with the words from a position on; only what is on disk can be read so. */
  read(position: number, into: Uint32Array): void {
    const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength)
    for (let done = 0; done < bytes.length; ) {
      const read = readSync(this.#file!, bytes, done, bytes.length - done, position * WORD_BYTES + done)
      if (read === 0) throw new Error(`the corpus file ends before word ${position + into.length}`)
      done += read
    }
  }

  /** Lets go of the file, if there is one; what is only there is lost. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  #write(piece: Uint32Array, position: number): void {
    if (this.#file === undefined) {
      this.memory.set(piece, position)
      return
    }
    const bytes = new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength)
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#file, bytes, done, bytes.length - done, position * WORD_BYTES + done)
      }
    } catch (error) {
      throw fileError(error, `${this.folder} (the encoded corpus)`)
    }
  }
}

/** An open file whose name is gone already. */
function openNameless(folder: string): number {
  try {
    const own = mkdtempSync(join(folder, 'cbow-adversarial-corpus-'))
    try {
      return openSync(join(own, 'words'), 'wx+')
    } finally {
      rmSync(own, { recursive: true, force: true })
    }
  } catch (error) {
    throw fileError(error, folder)
  }
}
