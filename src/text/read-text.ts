import { isUtf8 } from 'node:buffer'
import { type FileHandle, open } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { errorCode, fileError, UserError } from '../base/errors.js'
import { unpackZstd } from './zstd.js'

/** A path by which standard input is meant. */
export const STANDARD_INPUT = '-'

export interface ReadTextOptions {
  /** Told how many more bytes were read: as they lie in the file, so of a compressed one the compressed bytes. */
  readonly onBytes?: (bytes: number) => void
  /** Where the reader is, for errors: `row 17`. Asked only when there is one. By default the line. */
  readonly place?: () => string
  /** Refuses a file that changes while it is read. */
  readonly refuseChanges?: boolean
  /** Bytes are good until the next are asked for: a plain file is read into the same memory again and again. */
  readonly reuseMemory?: boolean
}

const CHUNK_BYTES = 1 << 18
const NEWLINE = 0x0a
const BYTE_ORDER_MARK = Buffer.from('\ufeff')

/**
 * The text of a file as it streams in; `.gz` and `.zst` are unpacked, a byte-order mark is left out, memory is bounded.
 *
 * @throws UserError for a file that is missing or a folder, whose compressed bytes are cut or broken, or whose text is
 *   not UTF-8 (all good lines before are given first)
 */
export async function* readText(path: string, options: ReadTextOptions = {}): AsyncGenerator<string, void, undefined> {
  for await (const bytes of readUtf8(path, options)) yield bytes.toString('utf8')
}

/** The same as bytes, whole characters each time. */
export async function* readUtf8(path: string, options: ReadTextOptions = {}): AsyncGenerator<Buffer, void, undefined> {
  let carried: Buffer = Buffer.alloc(0)
  let lines = 0
  let first = true
  const notUtf8 = (badLine: number): UserError => {
    const place = options.place?.() ?? `line ${badLine}`
    return new UserError(`${nameOf(path)} ${place}: bytes that are not UTF-8; convert the file to UTF-8`)
  }
  for await (const chunk of readBytes(path, options)) {
    const bytes = carried.length === 0 ? chunk : Buffer.concat([carried, chunk])
    const whole = wholeCharacters(bytes)
    const good = isUtf8(bytes.subarray(0, whole)) ? whole : goodLines(bytes.subarray(0, whole))
    const start =
      first && BYTE_ORDER_MARK.equals(bytes.subarray(0, BYTE_ORDER_MARK.length)) ? BYTE_ORDER_MARK.length : 0
    if (good > 0) first = false
    if (good > start) yield bytes.subarray(start, good)
    lines += countNewlines(bytes.subarray(0, good))
    if (good < whole) throw notUtf8(lines + 1)
    carried = Buffer.from(bytes.subarray(whole))
  }
  if (carried.length > 0) throw notUtf8(lines + 1)
}

/** How a source is called in messages. */
export function nameOf(path: string): string {
  return path === STANDARD_INPUT ? 'standard input' : path
}

/** The bytes of a file as they stream in; `.gz` and `.zst` are unpacked. Throws as {@link readText} does. */
export async function* readBytes(path: string, options: ReadTextOptions = {}): AsyncGenerator<Buffer> {
  const reuseMemory = !/\.(gz|zst)$/.test(path) && options.reuseMemory
  const packed = path === STANDARD_INPUT ? process.stdin : readFileBytes(path, { ...options, reuseMemory })
  const counted = countBytes(packed, options.onBytes)
  try {
    for await (const chunk of unpacked(counted, path)) yield chunk
  } catch (error) {
    throw unpackError(error, path) ?? fileError(error, nameOf(path))
  }
}

async function* countBytes(chunks: AsyncIterable<Buffer>, onBytes: ReadTextOptions['onBytes']): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    onBytes?.(chunk.length)
    yield chunk
  }
}

async function* readFileBytes(
  path: string,
  { refuseChanges, reuseMemory }: Pick<ReadTextOptions, 'refuseChanges' | 'reuseMemory'>,
): AsyncGenerator<Buffer> {
  const file = await open(path)
  try {
    const before = await file.stat({ bigint: true })
    if (reuseMemory) yield* readInTurns(file)
    else yield* file.createReadStream({ highWaterMark: CHUNK_BYTES, autoClose: false })
    if (!refuseChanges || !before.isFile()) return
    const after = await file.stat({ bigint: true })
    if (after.size === before.size && after.mtimeNs === before.mtimeNs) return
    throw new UserError(`${path}: changed while it was read; wait until it is written, then run this again`)
  } finally {
    await file.close()
  }
}

/** Reads into one half of a buffer while the other one is worked on. */
async function* readInTurns(file: FileHandle): AsyncGenerator<Buffer> {
  const halves = [Buffer.alloc(CHUNK_BYTES), Buffer.alloc(CHUNK_BYTES)]
  const readHalf = (half: number) => file.read(halves[half], 0, CHUNK_BYTES)
  let reading = readHalf(0)
  try {
    for (let half = 0; ; half = 1 - half) {
      const { bytesRead } = await reading
      if (bytesRead === 0) return
      reading = readHalf(1 - half)
      yield halves[half].subarray(0, bytesRead)
    }
  } finally {
    // The file may not be closed while it is read.
    await reading.catch(() => {})
  }
}

function unpacked(packed: AsyncIterable<Buffer>, path: string): AsyncIterable<Buffer> {
  // Errors of the file too reach the reader: the pipeline destroys its last stream with them.
  if (path.endsWith('.gz')) return pipeline(packed, createGunzip({ chunkSize: CHUNK_BYTES }), () => {})
  if (path.endsWith('.zst')) return unpackZstd(packed, path)
  return packed
}

function unpackError(error: unknown, path: string): UserError | undefined {
  if (!/^(Z|ZSTD)_/.test(errorCode(error) ?? '')) return undefined
  const reason = error instanceof Error ? error.message : String(error)
  return new UserError(`${path}: the compressed file is cut short or broken (${reason}); fetch it again`, {
    cause: error,
  })
}

/** How many of the bytes are whole characters: a character that the chunk's end cuts is left for the next chunk. */
function wholeCharacters(bytes: Uint8Array): number {
  const length = bytes.length
  for (let back = 1; back <= Math.min(3, length); back++) {
    const byte = bytes[length - back]
    if ((byte & 0xc0) === 0x80) continue
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return needed > back ? length - back : length
  }
  return length
}

/** Where the first line that is not UTF-8 begins. A newline byte is never a part of another character. */
function goodLines(bytes: Uint8Array): number {
  let start = 0
  for (;;) {
    const newline = bytes.indexOf(NEWLINE, start)
    const end = newline === -1 ? bytes.length : newline + 1
    if (newline === -1 || !isUtf8(bytes.subarray(start, end))) return start
    start = end
  }
}

function countNewlines(bytes: Uint8Array): number {
  let count = 0
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count++
  return count
}
