import { Duplex, pipeline } from 'node:stream'
import * as zlib from 'node:zlib'
import { UserError } from '../base/errors.js'

const FRAME = 0xfd2fb528
/** The lowest four bits of this magic number may be anything. */
const SKIPPABLE_FRAME = 0x184d2a50
const RLE_BLOCK = 1

/** What a walk over a frame wants: the next bytes, or to pass over some. */
type Step = { readonly take: number } | { readonly pass: number }

/** Walks over one frame as RFC 8878 lays it out (3.1), unpacking nothing: it says where the frame ends. */
function* walkFrame(): Generator<Step, void, Buffer> {
  const magic = (yield { take: 4 }).readUInt32LE()
  if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_FRAME) {
    yield { pass: (yield { take: 4 }).readUInt32LE() }
    return
  }
  if (magic !== FRAME) throw new Error('no frame begins there')
  const [descriptor] = yield { take: 1 }
  const isSingleSegment = (descriptor & 0x20) !== 0
  const contentSizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]
  yield { pass: (isSingleSegment ? 0 : 1) + dictionaryBytes + contentSizeBytes }
  for (let isLast = false; !isLast; ) {
    const header = (yield { take: 3 }).readUIntLE(0, 3)
    isLast = (header & 1) !== 0
    yield { pass: ((header >> 1) & 3) === RLE_BLOCK ? 1 : header >> 3 }
  }
  if ((descriptor & 4) !== 0) yield { pass: 4 }
}

/** Finds the end of one frame in bytes that come in pieces. */
export class FrameWalk {
  readonly #steps = walkFrame()
  #step = this.#steps.next()
  /** Bytes of the present step that came already; what of them is kept is to be taken. */
  #done = 0
  #taken = Buffer.alloc(0)

  /**
   * @returns how many of the bytes belong to the frame
   * @throws Error where no frame begins
   */
  advance(bytes: Buffer): number {
    let at = 0
    while (!this.#step.done) {
      const step = this.#step.value
      const wanted = 'take' in step ? step.take : step.pass
      const come = Math.min(wanted - this.#done, bytes.length - at)
      if ('take' in step) this.#taken = Buffer.concat([this.#taken, bytes.subarray(at, at + come)])
      at += come
      this.#done += come
      if (this.#done < wanted) break
      this.#step = this.#steps.next(this.#taken)
      this.#done = 0
      this.#taken = Buffer.alloc(0)
    }
    return at
  }

  get isOver(): boolean {
    return this.#step.done === true
  }
}

/**
 * Unpacks zstd, all its frames. Node's own stream ends without a word behind the first of several, and in some versions
 * where one is cut: so it is given whole frames one by one, and a frame without an end is an error here.
 * @throws UserError where this Node has no zstd, and for bytes that are cut short or broken
 */
export async function* unpackZstd(packed: AsyncIterable<Buffer>, path: string): AsyncGenerator<Buffer> {
  const broken = (why: string) => new UserError(`${path}: the compressed file is ${why}; fetch it again`)
  const source = packed[Symbol.asyncIterator]()
  /** What has come and belongs to no frame yet. */
  let rest: Buffer = Buffer.alloc(0)
  /** Waits for bytes; false at the end of the file. */
  async function come(): Promise<boolean> {
    while (rest.length === 0) {
      const { value, done } = await source.next()
      if (done) return false
      rest = value
    }
    return true
  }
  function ofFrame(walk: FrameWalk): Buffer {
    try {
      const bytes = rest.subarray(0, walk.advance(rest))
      rest = rest.subarray(bytes.length)
      return bytes
    } catch (error) {
      throw broken(`broken (${error instanceof Error ? error.message : String(error)})`)
    }
  }
  async function* frame(): AsyncGenerator<Buffer> {
    const walk = new FrameWalk()
    while (!walk.isOver) {
      if (!(await come())) throw broken('cut short')
      yield ofFrame(walk)
    }
  }
  while (await come()) yield* pipeline(frame(), zstdStream(path), () => {})
}

function zstdStream(path: string): Duplex {
  const make: unknown = 'createZstdDecompress' in zlib ? zlib.createZstdDecompress : undefined
  const stream: unknown = typeof make === 'function' ? make() : undefined
  if (stream instanceof Duplex) return stream
  throw new UserError(
    `${path}: zstd needs Node 22.15 or later, this is ${process.versions.node}; unpack it first, or pack it as .gz`,
  )
}
