import { type FileHandle, open } from 'node:fs/promises'
import { z } from 'zod'
import { AtomicFile } from './atomic-files.js'
import { fileError, UserError } from './errors.js'

/**
 * The safetensors format (https://github.com/huggingface/safetensors, "Format"): the header's length as a 64-bit
 * little-endian integer, a JSON header, the tensors' bytes. Numbers are little-endian, as on every machine Node runs
 * its WebAssembly on at full speed.
 */

/** A tensor of float32, row-major. */
export interface TensorData {
  readonly values: Float32Array
  readonly shape: readonly number[]
}

export interface Safetensors {
  readonly tensors: Map<string, TensorData>
  readonly metadata: Readonly<Record<string, string>>
}

const METADATA = '__metadata__'
/** The format's own limit: a longer header is an attack or another kind of file. */
const LONGEST_HEADER = 100_000_000
const ALIGNMENT = 8
const LARGEST_READ = 1 << 30
const BYTES_OF = { F32: 4, F64: 8 } as const

const EntrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
})
const MetadataSchema = z.record(z.string(), z.string())

interface Entry {
  readonly name: string
  readonly dtype: keyof typeof BYTES_OF
  readonly shape: readonly number[]
  readonly start: number
  readonly end: number
}

/** A tensor of float32 that need not lie in memory whole: its values piece by piece, in order. */
export interface TensorPieces {
  readonly shape: readonly number[]
  pieces(): AsyncIterable<Float32Array>
}

/**
 * Writes tensors of float32, in the order of the map. The file appears whole or not at all.
 * @throws UserError when it cannot be written
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, TensorData | TensorPieces>,
  metadata?: Readonly<Record<string, string>>,
): Promise<void> {
  const shapes = new Map<string, readonly number[]>()
  for (const [name, tensor] of tensors) {
    if ('values' in tensor && sizeOf(tensor.shape) !== tensor.values.length) {
      throw new RangeError(`${name}: ${tensor.values.length} values for shape [${tensor.shape}]`)
    }
    shapes.set(name, tensor.shape)
  }
  await writeSafetensorsOf(path, shapes, bytesInOrder(tensors.values()), metadata)
}

async function* bytesInOrder(tensors: Iterable<TensorData | TensorPieces>): AsyncGenerator<Uint8Array> {
  for (const tensor of tensors) {
    if ('values' in tensor) yield bytesOf(tensor.values)
    else for await (const piece of tensor.pieces()) yield bytesOf(piece)
  }
}

/**
 * Writes tensors of float32 whose bytes follow each other, in the order of the map, in pieces of any length. The file
 * appears whole or not at all.
 * @throws UserError when it cannot be written
 */
export async function writeSafetensorsOf(
  path: string,
  shapes: ReadonlyMap<string, readonly number[]>,
  bytes: AsyncIterable<Uint8Array>,
  metadata?: Readonly<Record<string, string>>,
): Promise<void> {
  const header = headerOf(shapes, metadata)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  const file = await AtomicFile.open(path)
  try {
    await file.write(Buffer.concat([length, header]))
    for await (const piece of bytes) await file.write(piece)
    await file.commit()
  } catch (error) {
    await file.abandon()
    throw error
  }
}

/**
 * Reads all tensors of a file; float64 becomes float32.
 * @throws UserError when the file is cut, not safetensors, contradicts itself, or holds tensors of another type
 */
export async function readSafetensors(path: string): Promise<Safetensors> {
  const file = await SafetensorsFile.open(path)
  try {
    const tensors = new Map<string, TensorData>()
    for (const [name, shape] of file.shapes) {
      const values = new Float32Array(sizeOf(shape))
      await file.read(name, 0, values)
      tensors.set(name, { values, shape })
    }
    return { tensors, metadata: file.metadata }
  } finally {
    await file.close()
  }
}

/** A file whose tensors are read in parts. */
export class SafetensorsFile {
  readonly #handle: FileHandle
  readonly #dataStart: number
  readonly #entries: ReadonlyMap<string, Entry>

  private constructor(
    readonly path: string,
    readonly metadata: Readonly<Record<string, string>>,
    handle: FileHandle,
    dataStart: number,
    entries: readonly Entry[],
  ) {
    this.#handle = handle
    this.#dataStart = dataStart
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]))
  }

  /** @throws UserError as {@link readSafetensors} does */
  static async open(path: string): Promise<SafetensorsFile> {
    const handle = await open(path).catch((error: unknown) => {
      throw fileError(error, path)
    })
    try {
      const { size } = await handle.stat()
      const headerLength = await readHeaderLength(handle, size, path)
      const header = await readBytes(handle, new Uint8Array(headerLength), 8, path)
      const { entries, metadata } = parseHeader(header, size - 8 - headerLength, path)
      return new SafetensorsFile(path, metadata, handle, 8 + headerLength, entries)
    } catch (error) {
      await handle.close()
      throw fileError(error, path)
    }
  }

  /** The tensors' shapes, in the order in which they lie in the file. */
  get shapes(): ReadonlyMap<string, readonly number[]> {
    return new Map(Array.from(this.#entries, ([name, { shape }]) => [name, shape]))
  }

  /** All of one tensor's values, as float32; undefined of a tensor that is not there. */
  async readTensor(name: string): Promise<TensorData | undefined> {
    const shape = this.#entries.get(name)?.shape
    if (shape === undefined) return undefined
    const values = new Float32Array(sizeOf(shape))
    await this.read(name, 0, values)
    return { values, shape }
  }

  /**
   * Fills `into` with a tensor's values from `first` on (row-major).
   * @throws UserError when the file has become shorter
   * @throws RangeError for a tensor that is not there
   */
  async read(name: string, first: number, into: Float32Array): Promise<void> {
    const entry = this.#entries.get(name)
    if (entry === undefined) throw new RangeError(`${this.path}: no tensor ${name}`)
    const { dtype, start } = entry
    const stored = dtype === 'F32' ? into : new Float64Array(into.length)
    await readBytes(this.#handle, bytesOf(stored), this.#dataStart + start + first * BYTES_OF[dtype], this.path)
    if (stored !== into) into.set(stored)
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }
}

function headerOf(shapes: ReadonlyMap<string, readonly number[]>, metadata?: Readonly<Record<string, string>>): Buffer {
  const header = new Map<string, unknown>()
  if (metadata !== undefined) header.set(METADATA, metadata)
  let offset = 0
  for (const [name, shape] of shapes) {
    if (name === METADATA) throw new RangeError(`a tensor cannot be named ${METADATA}`)
    const end = offset + sizeOf(shape) * BYTES_OF.F32
    header.set(name, { dtype: 'F32', shape, data_offsets: [offset, end] })
    offset = end
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)))
  const padding = (ALIGNMENT - (json.length % ALIGNMENT)) % ALIGNMENT
  return Buffer.concat([json, Buffer.alloc(padding, ' ')])
}

async function readHeaderLength(handle: FileHandle, size: number, path: string): Promise<number> {
  if (size < 8) throw broken(path, `it has ${size} bytes`)
  const bytes = await readBytes(handle, new Uint8Array(8), 0, path)
  const length = Buffer.from(bytes.buffer).readBigUInt64LE()
  if (length > LONGEST_HEADER) throw broken(path, `its header claims ${length} bytes`)
  if (length > size - 8) throw broken(path, `its header claims ${length} bytes, the file has ${size}`)
  return Number(length)
}

function parseHeader(
  header: Uint8Array,
  dataLength: number,
  path: string,
): { entries: Entry[]; metadata: Readonly<Record<string, string>> } {
  const entries: Entry[] = []
  let metadata: Readonly<Record<string, string>> = {}
  for (const [name, value] of Object.entries(parseObject(header, path))) {
    if (name === METADATA) {
      const parsed = MetadataSchema.safeParse(value)
      if (!parsed.success) throw broken(path, `${METADATA} is not a map of strings`)
      metadata = parsed.data
    } else {
      entries.push(parseEntry(name, value, path))
    }
  }
  entries.sort((a, b) => a.start - b.start || a.end - b.end)
  let next = 0
  for (const { name, start, end } of entries) {
    if (start !== next)
      throw broken(path, `tensor ${JSON.stringify(name)} begins at byte ${start}, the one before ends at ${next}`)
    next = end
  }
  if (next !== dataLength) throw broken(path, `its tensors need ${next} bytes, it holds ${dataLength}`)
  return { entries, metadata }
}

function parseObject(header: Uint8Array, path: string): object {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(header))
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed
  } catch {
    // Told below, in our words.
  }
  throw broken(path, 'its header is not a JSON object')
}

function parseEntry(name: string, value: unknown, path: string): Entry {
  const parsed = EntrySchema.safeParse(value)
  if (!parsed.success) throw broken(path, `tensor ${JSON.stringify(name)} has no valid dtype, shape and data_offsets`)
  const { dtype, shape, data_offsets: offsets } = parsed.data
  if (dtype !== 'F32' && dtype !== 'F64') {
    throw new UserError(
      `${path}: tensor ${JSON.stringify(name)} is of type ${dtype}; F32 and F64 can be read, convert it`,
    )
  }
  const [start, end] = offsets
  if (sizeOf(shape) * BYTES_OF[dtype] !== end - start) {
    throw broken(path, `tensor ${JSON.stringify(name)} of shape [${shape}] cannot have ${end - start} bytes`)
  }
  return { name, dtype, shape, start, end }
}

/** Fills `into` from `position` on. */
async function readBytes(handle: FileHandle, into: Uint8Array, position: number, path: string): Promise<Uint8Array> {
  for (let done = 0; done < into.length; ) {
    const length = Math.min(into.length - done, LARGEST_READ)
    const { bytesRead } = await handle.read(into, done, length, position + done)
    if (bytesRead === 0) throw broken(path, 'it became shorter while it was read')
    done += bytesRead
  }
  return into
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1)
}

function bytesOf(values: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

function broken(path: string, why: string): UserError {
  return new UserError(`${path}: not a whole safetensors file: ${why}; make or copy it again`)
}
