import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileError } from '../base/errors.js'

const WORD_BYTES = Uint32Array.BYTES_PER_ELEMENT

/**
 * The numbered words of a corpus, in pieces of whole sentences: in memory while they are few, else in a file without a
 * name, which vanishes with the process however that ends.
 */
export class NumberStore {
  /** In memory: the pieces. */
  #pieces: Uint32Array[] = []
  /** On disk: their lengths, in words. */
  #lengths: number[] = []
  #file: number | undefined
  #length = 0

  /**
   * @param memoryWords most words that are held in memory
   * @param folder for the file
   */
  constructor(
    readonly memoryWords: number,
    readonly folder: string,
  ) {}

  /** Words in it. */
  get length(): number {
    return this.#length
  }

  /** Whether the words are on the disk. */
  get isOnDisk(): boolean {
    return this.#file !== undefined
  }

  /**
   * Adds a piece, which is the store's from then on.
   * @throws UserError when the disk is full
   */
  append(piece: Uint32Array): void {
    if (this.#file === undefined && this.#length + piece.length > this.memoryWords) this.#moveToDisk()
    if (this.#file === undefined) this.#pieces.push(piece)
    else this.#appendToFile(piece)
    this.#length += piece.length
  }

  /** The pieces in order, each good until the next is asked for; others may work in between. */
  async *pieces(): AsyncGenerator<Uint32Array> {
    yield* this.#pieces
    let position = 0
    const buffer = new Uint32Array(Math.max(0, ...this.#lengths))
    for (const length of this.#lengths) {
      const piece = buffer.subarray(0, length)
      this.read(position, piece)
      position += length
      yield piece
      await setImmediate()
    }
  }

  /** Puts in place of each piece what `change` makes of it: as many words, or fewer. It may write into the piece. */
  async rewrite(change: (piece: Uint32Array) => Uint32Array): Promise<void> {
    const lengths: number[] = []
    let written = 0
    let pieces = 0
    for await (const piece of this.pieces()) {
      const changed = change(piece)
      if (this.#file === undefined) this.#pieces[pieces++] = changed
      else this.#write(changed, written)
      lengths.push(changed.length)
      written += changed.length
    }
    this.#length = written
    if (this.#file === undefined) return
    this.#lengths = lengths
    ftruncateSync(this.#file, written * WORD_BYTES)
  }

  /** Copies all words into `into`, which is as long as the store. */
  async copyTo(into: Uint32Array): Promise<void> {
    let at = 0
    for await (const piece of this.pieces()) {
      into.set(piece, at)
      at += piece.length
    }
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

  /** Lets go of memory and file. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
    this.#pieces = []
    this.#lengths = []
    this.#length = 0
  }

  #moveToDisk(): void {
    this.#file = openNameless(this.folder)
    const pieces = this.#pieces
    this.#pieces = []
    this.#length = 0
    for (const piece of pieces) this.append(piece)
  }

  #appendToFile(piece: Uint32Array): void {
    this.#write(piece, this.#length)
    this.#lengths.push(piece.length)
  }

  #write(piece: Uint32Array, position: number): void {
    const bytes = new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength)
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#file!, bytes, done, bytes.length - done, position * WORD_BYTES + done)
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
