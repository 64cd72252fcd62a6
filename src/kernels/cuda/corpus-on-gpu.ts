import { UserError } from '../../base/errors.js'
import type { CudaProblem, HeldWords, Stretch } from './cbow-problem.js'
import type { Handle } from './driver.js'
import type { Gpu } from './gpu.js'
import { rowLength } from './rows.js'

const FLOAT = Float32Array.BYTES_PER_ELEMENT
const WORD = Uint32Array.BYTES_PER_ELEMENT
/** Left free: what the driver needs for itself, and other small things. */
const RESERVE = 64 * 2 ** 20
/** Most words of a buffer that a corpus streams through. */
const MOST_BUFFER_WORDS = 2 ** 26

const gib = (bytes: number) => (bytes / 2 ** 30).toFixed(2)

/** Bytes of GPU memory for two matrices, the tables of the draws, and a corpus (or two buffers) of so many words. */
export function cudaBytes(words: number, dimensions: number, corpusWords: number): number {
  return 2 * words * rowLength(dimensions) * FLOAT + 3 * words * WORD + corpusWords * WORD
}

/** Memory for words, with the marks that it is filled and that it is read. */
interface Buffer {
  readonly address: Handle
  readonly filled: Handle
  readonly read: Handle
}

/** How the corpus is held: as a whole, or in two buffers. */
export interface BufferPlan {
  readonly count: 1 | 2
  /** Of a buffer. */
  readonly words: number
}

/**
 * Plans the buffers, before any memory is taken.
 * @throws UserError when not even two small buffers fit beside the model
 */
export function planBuffers(gpu: Gpu, problem: CudaProblem): BufferPlan {
  const { words, dimensions, wordsPerEpoch, chunkWords, longestSentence } = problem
  const { free, total } = gpu.memory()
  const left = free - RESERVE - cudaBytes(words, dimensions, 0)
  if (wordsPerEpoch * WORD <= left) return { count: 1, words: wordsPerEpoch }
  const least = chunkWords + longestSentence + 1
  const buffer = Math.min(MOST_BUFFER_WORDS, Math.floor(left / (2 * WORD)))
  if (buffer >= least) return { count: 2, words: buffer }
  const needed = cudaBytes(words, dimensions, Math.min(wordsPerEpoch, 2 * least)) + RESERVE
  throw new UserError(
    `${words} words of ${dimensions} dimensions need ${gib(needed)} GiB of GPU memory, ${gpu.name} has ` +
      `${gib(free)} GiB free of ${gib(total)}; raise --min-count, set --max-vocabulary or lower --dimensions`,
  )
}

/** The encoded corpus on a GPU: all of it, or what a launch reads in one buffer while the other is filled. */
export class CorpusOnGpu {
  readonly #gpu: Gpu
  readonly #problem: CudaProblem
  readonly #plan: BufferPlan
  readonly #compute: Handle
  readonly #copy: Handle
  readonly #buffers: Buffer[]
  /** The first position of the words that the only buffer holds, when it holds any. */
  #resident: number | undefined
  #turn = 0

  /** @param compute the stream that the kernels run in */
  constructor(gpu: Gpu, problem: CudaProblem, plan: BufferPlan, compute: Handle) {
    this.#gpu = gpu
    this.#problem = problem
    this.#plan = plan
    this.#compute = compute
    this.#copy = gpu.stream()
    this.#buffers = Array.from({ length: plan.count }, () => ({
      address: gpu.allocate(plan.words * WORD),
      filled: gpu.event(),
      read: gpu.event(),
    }))
  }

  /** Whether the whole corpus lies on the GPU. */
  get isResident(): boolean {
    return this.#plan.count === 1
  }

  /** A stretch in pieces that a buffer holds. */
  piecesOf({ epoch, from, to }: Stretch): Stretch[] {
    const { chunkWords, longestSentence } = this.#problem
    const words = this.isResident
      ? Infinity
      : Math.floor((this.#plan.words - longestSentence - 1) / chunkWords) * chunkWords
    const pieces: Stretch[] = []
    for (let at = from; at < to; at += words) pieces.push({ epoch, from: at, to: Math.min(to, at + words) })
    return pieces
  }

  /**
   * Puts the words of a piece on the GPU, if they are not there, for the kernel that is launched next.
   * @param words the encoded corpus from position `first` on: one word before the piece, all of its sentences
   */
  hold(words: Uint32Array, first: number, { from, to }: Stretch): HeldWords {
    const { longestSentence, wordsPerEpoch } = this.#problem
    const buffer = this.#buffers[this.#turn]
    const { address } = buffer
    if (this.isResident) {
      if (this.#resident !== first) this.#fill(buffer, words)
      this.#resident = first
      return { address, first, end: Math.min(wordsPerEpoch, first + words.length) }
    }
    const begin = Math.max(0, from - 1)
    const end = Math.min(wordsPerEpoch, to + longestSentence)
    this.#fill(buffer, words.subarray(begin - first, end - first))
    return { address, first: begin, end }
  }

  /** Says that the kernel which was launched last has what {@link hold} gave. */
  handOver(): void {
    this.#gpu.record(this.#buffers[this.#turn].read, this.#compute)
    this.#turn = (this.#turn + 1) % this.#buffers.length
  }

  /** After the kernel that reads the buffer now, before the one that is launched next. */
  #fill({ address, filled, read }: Buffer, words: Uint32Array): void {
    this.#gpu.waitFor(read, this.#copy)
    this.#gpu.upload(address, words, this.#copy)
    this.#gpu.record(filled, this.#copy)
    this.#gpu.waitFor(filled, this.#compute)
  }
}
